import { arraySpace, ddim, euler, probabilityFlow, sample, trajectory, type Denoiser } from "@nonmarkov/samplers";
import { everyT, fromNoiseToSignal, noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, chains, schedules } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";
import { normalCdf } from "./statistics.ts";

/** Data that are far from Gaussian: a mixture in one dimension, on which the optimal eps is known. */
type Mixture = readonly { readonly weight: number; readonly mean: number; readonly deviation: number }[];
const mixtures: fc.Arbitrary<Mixture> = fc
  .array(fc.record({ weight: between(0.2, 1), mean: between(-2, 2), deviation: between(0.2, 1) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => {
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    return parts.map((part) => ({ ...part, weight: part.weight / total }));
  });
const density = (x: number, mean: number, variance: number): number =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

/** E[eps | x_t], by Bayes' rule over the components. */
const optimalEps = (data: Mixture, x: number, ab: number): number => {
  let all = 0;
  let sum = 0;
  for (const { weight, mean, deviation } of data) {
    const variance = ab * deviation ** 2 + 1 - ab;
    const chance = weight * density(x, Math.sqrt(ab) * mean, variance);
    all += chance;
    // the regression of eps on x_t within a component
    sum += (chance * Math.sqrt(1 - ab) * (x - Math.sqrt(ab) * mean)) / variance;
  }
  return sum / all;
};
const optimal =
  (data: Mixture, { alphaBar }: Schedule): Denoiser<Float64Array> =>
  (x, t) =>
    x.map((value) => optimalEps(data, value, alphaBar[t]!));
/** P(xbar <= x) where xbar = x0 + sigma·noise: the variance-exploding process. */
const explodingCdf = (data: Mixture, sigma: number, x: number): number =>
  data.reduce(
    (sum, { weight, mean, deviation }) => sum + weight * normalCdf((x - mean) / Math.hypot(deviation, sigma)),
    0,
  );

test("(14): the network sees xbar/√(sigma²+1), which is x_t itself, in every move", async () => {
  await fc.assert(
    fc.asyncProperty(chains({ min: -8, max: 8 }), async ({ schedule, tau }) => {
      const seen: { x: number; t: number }[] = [];
      const denoiser: Denoiser<Float64Array> = (x, t) => (seen.push({ x: x[0]!, t }), x.map(Math.sin));
      let xbar = 1.3 / Math.sqrt(schedule.alphaBar[tau.at(-1)!]!);
      const run = { table: euler()(schedule, tau), denoiser, xT: Float64Array.of(1.3), space: arraySpace() };
      for await (const { t, s, x, eps } of trajectory(run)) {
        const [sigmaT, sigmaS] = [noiseToSignal(schedule.alphaBar[t]!), noiseToSignal(schedule.alphaBar[s]!)];
        expectNear(
          seen.at(-1)!.x,
          xbar / Math.sqrt(sigmaT ** 2 + 1),
          1e-10,
          1 + Math.abs(xbar) * Math.sqrt(schedule.alphaBar[t]!),
        );
        xbar += (sigmaS - sigmaT) * eps[0]!;
        expectNear(x[0]! / Math.sqrt(schedule.alphaBar[s]!), xbar, 1e-10, Math.abs(xbar) + sigmaT);
      }
      expect(seen.map(({ t }) => t)).toEqual(tau.toReversed());
    }),
    { numRuns: 100 },
  );
});

test("(14): d xbar/d sigma is eps_theta: the difference quotient of a DDIM move is the network's output, whatever the length of the move", async () => {
  await fc.assert(
    fc.asyncProperty(schedules({ min: -5, max: 5 }), between(-2, 2), async (schedule, output) => {
      const tau = everyT(schedule.T);
      const run = { denoiser: (x: Float64Array) => x.map(() => output), xT: Float64Array.of(0.8), space: arraySpace() };
      let before = 0.8 / Math.sqrt(schedule.alphaBar[schedule.T]!);
      for await (const { t, s, x } of trajectory({ ...run, table: ddim()(schedule, tau) })) {
        const after = x[0]! / Math.sqrt(schedule.alphaBar[s]!);
        const [sigmaT, sigmaS] = [noiseToSignal(schedule.alphaBar[t]!), noiseToSignal(schedule.alphaBar[s]!)];
        expectNear(after - before, (sigmaS - sigmaT) * output, 1e-12, 20 * (Math.abs(before) + sigmaT));
        before = after;
      }
    }),
    { numRuns: 100 },
  );
});

test("Proposition 1: for the optimal eps, d xbar/d sigma of (14) is -sigma·∇ log p_sigma(xbar), the drift of the variance-exploding SDE's probability flow", () => {
  fc.assert(
    fc.property(mixtures, between(0.2, 8), between(-3, 3), (data, sigma, place) => {
      const xbar = place * Math.hypot(1, sigma);
      const logDensity = (x: number): number =>
        Math.log(
          data.reduce(
            (sum, { weight, mean, deviation }) => sum + weight * density(x, mean, deviation ** 2 + sigma ** 2),
            0,
          ),
        );
      const h = 1e-4 * sigma;
      const score = (logDensity(xbar + h) - logDensity(xbar - h)) / (2 * h);
      const eps = optimalEps(data, xbar / Math.sqrt(sigma ** 2 + 1), 1 / (1 + sigma ** 2));
      expectNear(eps, -sigma * score, 1e-5, 1 + Math.abs(eps));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["(12) at eta = 0", ddim()],
  ["(15)", probabilityFlow()],
])(
  "Proposition 1, %s: its flow carries p_sigma to the data: a point's quantile stays what it was, up to an error that falls with S",
  async (_, planner) => {
    await fc.assert(
      fc.asyncProperty(mixtures, fc.constantFrom(0.1, 0.3, 0.5, 0.8, 0.95), async (data, quantile) => {
        const sigmaT = 10;
        // the point of p_sigmaT at this quantile, by bisection
        let [low, high] = [-80, 80];
        for (let i = 0; i < 80; i++) {
          const middle = (low + high) / 2;
          if (explodingCdf(data, sigmaT, middle) < quantile) low = middle;
          else high = middle;
        }
        const errorAt = async (S: number): Promise<number> => {
          // denser where the data are
          const schedule = fromNoiseToSignal(Array.from({ length: S }, (_, i) => sigmaT * ((i + 1) / S) ** 2));
          const got = await sample({
            table: planner(schedule, everyT(S)),
            denoiser: optimal(data, schedule),
            xT: Float64Array.of(low * Math.sqrt(schedule.alphaBar[S]!)),
            space: arraySpace(),
          });
          return Math.abs(explodingCdf(data, 0, got[0]!) - quantile);
        };
        const [coarse, fine] = [await errorAt(200), await errorAt(1600)];
        expect(fine).toBeLessThan(0.01);
        expect(fine).toBeLessThan(0.3 * coarse + 1e-3);
      }),
      { numRuns: 8 },
    );
  },
);
