import { forwardKernel, maxSigma, posterior, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, schedules } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";
import { logMultivariateNormal, logNormal } from "./gaussian.ts";

/** Processes whose densities can be compared: no step is nearly deterministic, none has next to no noise. */
const processes = schedules({ min: -5, max: 5, most: 7 })
  .filter(({ alphaBar }) => alphaBar.every((ab, t) => t === 0 || ab < alphaBar[t - 1]! - 1e-4))
  .chain((schedule) =>
    fc.record({
      schedule: fc.constant(schedule),
      // entry t is the noise of the move t → t-1; there is none to clean data
      sigmas: fc
        .array(between(0.2, 0.95), { minLength: schedule.T + 1, maxLength: schedule.T + 1 })
        .map((fractions) => fractions.map((u, t) => (t < 2 ? 0 : u * maxSigma(schedule.alphaBar[t - 1]!)))),
      x0: between(-2, 2),
      noise: fc.array(between(-2, 2), { minLength: schedule.T + 1, maxLength: schedule.T + 1 }),
    }),
  );

/** A point x_1..x_T at which densities are compared; entry 0 is x0. */
const pointOf = ({ alphaBar }: Schedule, x0: number, noise: readonly number[]): readonly number[] =>
  alphaBar.map((ab, t) => (t === 0 ? x0 : Math.sqrt(ab) * x0 + Math.sqrt(1 - ab) * noise[t]!));

/** Mean and covariance of (x_1, ..., x_T) given x0, built from x_T downwards by the factors of (6). */
const jointOf = (schedule: Schedule, sigmas: readonly number[], x0: number) => {
  const { T, alphaBar } = schedule;
  const mean = new Array<number>(T).fill(0);
  const covariance = Array.from({ length: T }, () => new Array<number>(T).fill(0));
  mean[T - 1] = Math.sqrt(alphaBar[T]!) * x0;
  covariance[T - 1]![T - 1] = 1 - alphaBar[T]!;
  for (let t = T; t >= 2; t--) {
    const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, sigma: sigmas[t]! });
    mean[t - 2] = x0Coef * x0 + xtCoef * mean[t - 1]!;
    for (let u = t; u <= T; u++)
      covariance[t - 2]![u - 1] = covariance[u - 1]![t - 2] = xtCoef * covariance[t - 1]![u - 1]!;
    covariance[t - 2]![t - 2] = xtCoef ** 2 * covariance[t - 1]![t - 1]! + sigma ** 2;
  }
  return { mean, covariance };
};

test("(6), Lemma 1: q(x_T|x0) Π q(x_{t-1}|x_t,x0) is one Gaussian in (x_1..x_T), whose every margin is N(√a_t x0, 1-a_t) whatever the sigmas", () => {
  fc.assert(
    fc.property(processes, ({ schedule, sigmas, x0, noise }) => {
      const { T, alphaBar } = schedule;
      const x = pointOf(schedule, x0, noise);
      const { mean, covariance } = jointOf(schedule, sigmas, x0);
      let product = logNormal(x[T]!, Math.sqrt(alphaBar[T]!) * x0, Math.sqrt(1 - alphaBar[T]!));
      for (let t = 2; t <= T; t++) {
        const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, sigma: sigmas[t]! });
        product += logNormal(x[t - 1]!, x0Coef * x0 + xtCoef * x[t]!, sigma);
      }
      expectNear(logMultivariateNormal(x.slice(1), mean, covariance), product, 1e-7, 1 + Math.abs(product));
      for (let t = 1; t <= T; t++) {
        expectNear(mean[t - 1]!, Math.sqrt(alphaBar[t]!) * x0, 1e-12, Math.abs(x0) + 1e-12);
        expectNear(covariance[t - 1]![t - 1]!, 1 - alphaBar[t]!);
      }
    }),
    { numRuns: 300 },
  );
});

test("(6), (8): run forwards by Bayes, q(x_1|x0) Π q(x_t|x_{t-1},x0), it is the same density at every point", () => {
  fc.assert(
    fc.property(processes, ({ schedule, sigmas, x0, noise }) => {
      const { T, alphaBar } = schedule;
      const x = pointOf(schedule, x0, noise);
      const { mean, covariance } = jointOf(schedule, sigmas, x0);
      let product = logNormal(x[1]!, Math.sqrt(alphaBar[1]!) * x0, Math.sqrt(1 - alphaBar[1]!));
      for (let t = 2; t <= T; t++) {
        const { x0Coef, xsCoef, sigma } = forwardKernel(schedule, { t, s: t - 1, sigma: sigmas[t]! });
        product += logNormal(x[t]!, x0Coef * x0 + xsCoef * x[t - 1]!, sigma);
      }
      expectNear(logMultivariateNormal(x.slice(1), mean, covariance), product, 1e-7, 1 + Math.abs(product));
    }),
    { numRuns: 300 },
  );
});

test("(6): the sigmas change the joint, though no margin: the covariance of x_{t-1} and x_t is √(1-a_{t-1}-sigma²) √(1-a_t)", () => {
  fc.assert(
    fc.property(processes, ({ schedule, sigmas, x0 }) => {
      const { T, alphaBar } = schedule;
      const { covariance } = jointOf(schedule, sigmas, x0);
      for (let t = 2; t <= T; t++) {
        const [abT, abS] = [alphaBar[t]!, alphaBar[t - 1]!];
        expectNear(covariance[t - 2]![t - 1]!, Math.sqrt(1 - abS - sigmas[t]! ** 2) * Math.sqrt(1 - abT), 1e-9);
        expect(covariance[t - 2]![t - 1]!).toBeLessThan(Math.sqrt((1 - abS) * (1 - abT)));
      }
    }),
  );
});
