/**
 * Steers samples of a mixture of three classes, whose denoiser is known exactly: without guidance, with the class, beyond it
 * by classifier-free guidance, and by the gradient of the exact classifier, which gives the class back from the denoiser of
 * all data. Then one of two numbers is given, and the other inpainted.
 *
 *     npx tsx examples/guidance.ts
 */
import { atIndex, gaussianMixture } from "@nonmarkov/nets";
import { foldIn, key, normal } from "@nonmarkov/random";
import {
  arraySpace,
  blend,
  classifierFree,
  classifierGuided,
  ddim,
  ddpm,
  type Denoiser,
  replaceKnown,
  resampled,
  sample,
} from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";

const n = 2000;
const root = key(11);
const schedule = linear();
const { alphaBar } = schedule;
const space = arraySpace({ rows: n });
const xT = normal(foldIn(root, 0), 2 * n);

const means = [0, 1, 2].map((k) => [1.5 * Math.cos((2 * Math.PI * k) / 3), 1.5 * Math.sin((2 * Math.PI * k) / 3)]);
const spread = 0.7;
const classOf = (k: number) => gaussianMixture({ means: [means[k]!], covariances: [spread ** 2] });
const all = gaussianMixture({ means, covariances: means.map(() => spread ** 2) });

const wanted = 0;
const [alone, mixed] = [classOf(wanted), all];
const conditional: Denoiser<Float64Array> = atIndex(alone.eps, alphaBar);
const unconditional: Denoiser<Float64Array> = atIndex(mixed.eps, alphaBar);
/** The gradient of log p(class | x_t): the scores' difference. */
const gradLogP = atIndex((x, a) => {
  const score = mixed.score(x, a);
  return alone.score(x, a).map((value, i) => value - score[i]!);
}, alphaBar);

/** The share of samples that the exact classifier gives to the wanted class, and how far they spread. */
const describe = (x: Float64Array): string => {
  const logs = means.map((_, k) => classOf(k).logDensity(x, 1));
  const hits = Array.from({ length: n }, (_, i) => logs.every((log) => log[i]! <= logs[wanted]![i]!));
  const centre = [0, 1].map((j) => x.reduce((sum, value, i) => sum + (i % 2 === j ? value : 0), 0) / n);
  const variance = x.reduce((sum, value, i) => sum + (value - centre[i % 2]!) ** 2, 0) / (2 * n);
  const share = hits.filter(Boolean).length / n;
  return `${(100 * share).toFixed(1).padStart(5)} % of the class, spread ${Math.sqrt(variance).toFixed(3)}`;
};

const table = ddim()(schedule, linearTau(schedule.T, 50));
const show = async (title: string, denoiser: Denoiser<Float64Array>): Promise<void> =>
  console.log(`${title.padEnd(36)} ${describe(await sample({ table, denoiser, xT, space }))}`);

for (const scale of [0, 1, 2, 4])
  await show(`classifier-free guidance, scale ${scale}`, classifierFree({ conditional, unconditional, scale, space }));
const guided = { denoiser: unconditional, gradLogP, schedule, space };
for (const scale of [1, 2]) await show(`classifier guidance, scale ${scale}`, classifierGuided({ ...guided, scale }));
await show(
  "scale 4 in the middle of the way",
  classifierFree({ conditional, unconditional, scale: (t) => (t > 250 && t <= 750 ? 4 : 1), space }),
);

// two numbers of correlation 0.8, of which the first is known
const pair = gaussianMixture({
  means: [[0, 0]],
  covariances: [
    [
      [1, 0.8],
      [0.8, 1],
    ],
  ],
});
const first = 1.5;
const known = Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? first : 0));
const mix = blend(known.map((_, i) => (i % 2 === 0 ? 1 : 0)));
console.log(`\ngiven ${first}, the other number has the mean ${(0.8 * first).toFixed(1)} and the deviation 0.6`);
for (const times of [1, 5, 20]) {
  const x = await sample({
    table: resampled(ddpm(), { jump: 1, times })(schedule, linearTau(schedule.T, 50)),
    denoiser: atIndex(pair.eps, alphaBar),
    xT,
    space,
    key: foldIn(root, 1),
    correct: replaceKnown({ known, blend: mix }),
  });
  const other = x.filter((_, i) => i % 2 === 1);
  const mean = other.reduce((a, b) => a + b, 0) / n;
  const deviation = Math.sqrt(other.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  console.log(`each step ${`${times}`.padStart(2)} times: ${mean.toFixed(3)}, ${deviation.toFixed(3)}`);
}
