/**
 * How much of a sample's error is the sampler's own? With the exact denoiser of a mixture nothing else is left: all of
 * them start from the same noise, and the distance to true samples falls with S as the sampler allows.
 *
 *     npx tsx examples/samplerError.ts
 */
import { slicedWasserstein } from "@nonmarkov/metrics";
import { atIndex, gaussianMixture } from "@nonmarkov/nets";
import { foldIn, integers, key, normal } from "@nonmarkov/random";
import { arraySpace, ddim, euler, probabilityFlow, sample, sigmaHat, type Planner } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";

const n = 8000;
const spread = 0.15;
const means = Array.from({ length: 8 }, (_, k) => [
  1.4 * Math.cos((k * Math.PI) / 4),
  1.4 * Math.sin((k * Math.PI) / 4),
]);
const root = key(7);

/** n true draws from the mixture. */
const draw = (k: ReturnType<typeof key>): Float64Array => {
  const component = integers(foldIn(k, 0), n, 0, means.length);
  return normal(foldIn(k, 1), 2 * n).map((z, i) => means[component[i >> 1]!]![i & 1]! + spread * z);
};

const schedule = linear();
const exact = gaussianMixture({ means, covariances: means.map(() => spread ** 2) });
const denoiser = atIndex(exact.eps, schedule.alphaBar);
const xT = normal(foldIn(root, 1), 2 * n);
const truth = { n, d: 2, data: draw(foldIn(root, 2)) };

const samplers: readonly (readonly [string, Planner])[] = [
  ["DDIM, eta 0", ddim()],
  ["DDIM, eta 0.5", ddim({ eta: 0.5 })],
  ["DDPM, eta 1", ddim({ eta: 1 })],
  ["DDPM, sigma-hat", sigmaHat()],
  ["Euler in sigma (13)", euler()],
  ["probability flow (15)", probabilityFlow()],
];
const counts = [5, 10, 20, 50];

console.log(["sliced Wasserstein".padEnd(22), ...counts.map((S) => `S=${S}`.padStart(8))].join(""));
for (const [name, planner] of samplers) {
  const cells: string[] = [];
  for (const S of counts) {
    const table = planner(schedule, linearTau(schedule.T, S));
    const data = await sample({ table, denoiser, xT, space: arraySpace({ rows: n }), key: foldIn(root, 3) });
    const distance = slicedWasserstein({ n, d: 2, data }, truth, { key: foldIn(root, 4), projections: 64 });
    cells.push(distance.toFixed(4).padStart(8));
  }
  console.log(name.padEnd(22) + cells.join(""));
}
const again = slicedWasserstein({ n, d: 2, data: draw(foldIn(root, 5)) }, truth, {
  key: foldIn(root, 4),
  projections: 64,
});
console.log(`\n${"two true samples".padEnd(22)}${again.toFixed(4).padStart(8)}`);
