/**
 * How likely are data under a diffusion model? Of a mixture in the plane, whose best denoiser and density are known:
 * the density through DDIM's ODE, which is exact but for the steps, and the variational bounds of members of the family.
 *
 *     npx tsx examples/likelihood.ts
 */
import { gaussianLogDensity, odeLogLikelihood, traceByDifferences, variationalBound } from "@nonmarkov/metrics";
import { atIndex, gaussianMixture } from "@nonmarkov/nets";
import { foldIn, integers, key, normal } from "@nonmarkov/random";
import { linear, linearLogSnr, linearTau, maxSigma } from "@nonmarkov/schedule";

const n = 400;
const dim = 2;
const spread = 0.25;
const root = key(7);
const means = Array.from({ length: 8 }, (_, k) => [
  1.4 * Math.cos((k * Math.PI) / 4),
  1.4 * Math.sin((k * Math.PI) / 4),
]);
const component = integers(foldIn(root, 0), n, 0, means.length);
const x0 = normal(foldIn(root, 1), dim * n).map((z, i) => means[component[i >> 1]!]![i & 1]! + spread * z);

const schedule = linear();
const exact = gaussianMixture({ means, covariances: means.map(() => spread ** 2) });
const truth = exact.logDensity(x0, 1);
const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** One row of the table: the mean of -log p(x0) in nats, and what it has over the exact one. */
const line = (name: string, nats: number, note = ""): void =>
  console.log(
    `${name.padEnd(34)}${nats.toFixed(5).padStart(9)}${(nats + mean(truth)).toFixed(5).padStart(11)}  ${note}`,
  );

console.log(`${"-log p(x0), in nats".padEnd(34)}${"mean".padStart(9)}${"excess".padStart(11)}`);
line("exact", -mean(truth));

for (const steps of [10, 20, 40, 80]) {
  const denoiser = traceByDifferences(exact.eps, { dim });
  const { logLikelihood } = await odeLogLikelihood({ denoiser, x0, dim, steps, to: schedule.alphaBar[schedule.T]! });
  const worst = logLikelihood.reduce((most, value, i) => Math.max(most, Math.abs(value - truth[i]!)), 0);
  line(`ODE, ${steps} steps of RK4`, -mean(logLikelihood), `at most ${worst.toExponential(1)} off`);
}

const even = linearLogSnr({ logSnrStart: 12, logSnrEnd: -12 });
const bounds = [
  ["bound, eta 1, every t", {}],
  ["bound, eta 1, 100 of its terms", { terms: 100 }],
  ["bound, eta 1, 100 steps", { tau: linearTau(schedule.T, 100) }],
  ["bound, eta 0.5, every t", { eta: 0.5 }],
  ["bound, eta 1, even in log SNR", { schedule: even, decoderSigma: maxSigma(even.alphaBar[1]!) }],
] as const;
for (const [name, options] of bounds) {
  const levels = "schedule" in options ? options.schedule : schedule;
  const bound = await variationalBound({
    schedule: levels,
    denoiser: atIndex(exact.eps, levels.alphaBar),
    x0,
    dim,
    key: foldIn(root, 2),
    decoder: gaussianLogDensity,
    ...options,
  });
  const { value, standardError } = bound.mean;
  line(name, value, standardError > 0 ? `estimated, ± ${standardError.toFixed(3)}` : `${bound.terms.length} terms`);
}
