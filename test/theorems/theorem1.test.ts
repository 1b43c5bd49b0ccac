import { elboWeights, maxSigma, posterior, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, schedules } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

/** KL(N(mean1, sigma²) || N(mean2, sigma²)) by its definition, ∫ p·log(p/q), with Simpson's rule over ±14 sigma. */
const klByQuadrature = (mean1: number, mean2: number, sigma: number): number => {
  const n = 2000;
  const h = 28 / n;
  let sum = 0;
  for (let i = 0; i <= n; i++) {
    const z = -14 + i * h;
    const x = mean1 + sigma * z;
    const p = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const logRatio = (((x - mean2) / sigma) ** 2 - z ** 2) / 2;
    sum += (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2) * p * logRatio;
  }
  return (sum * h) / 3;
};

/** Sigmas above 0 for every t, from all that is admissible; sigma_1, the decoder's, is any positive number. */
const processes = schedules({ min: -6, max: 6, most: 8 }).chain((schedule) =>
  fc.array(between(0.05, 1), { minLength: schedule.T, maxLength: schedule.T }).map((fractions) => ({
    schedule,
    sigmas: [0, ...fractions.map((u, i) => (i === 0 ? 2 * u : u * maxSigma(schedule.alphaBar[i]!)))],
  })),
);

/** The term t of the variational bound (11) in one dimension, less what does not depend on the network: x0, eps, its eps. */
const boundTerm = (
  schedule: Schedule,
  t: number,
  sigma: number,
  x0: number,
  eps: number,
  predicted: number,
): number => {
  const ab = schedule.alphaBar[t]!;
  const xt = Math.sqrt(ab) * x0 + Math.sqrt(1 - ab) * eps;
  const x0Hat = (xt - Math.sqrt(1 - ab) * predicted) / Math.sqrt(ab);
  // -log N(x0; x0Hat, sigma_1²), against the value for a perfect prediction
  if (t === 1) return (x0 - x0Hat) ** 2 / (2 * sigma ** 2);
  const { x0Coef, xtCoef } = posterior(schedule, { t, sigma });
  return klByQuadrature(x0Coef * x0 + xtCoef * xt, x0Coef * x0Hat + xtCoef * xt, sigma);
};

test("Theorem 1: every term of J_sigma is gamma_t·|eps - eps_theta|², gamma_t > 0: elboWeights against the KL by quadrature", () => {
  fc.assert(
    fc.property(
      processes,
      fc.tuple(between(-2, 2), between(-2, 2), between(-2, 2)),
      ({ schedule, sigmas }, [x0, eps, error]) => {
        const weights = elboWeights(schedule, sigmas);
        for (let t = 1; t <= schedule.T; t++) {
          const kl = boundTerm(schedule, t, sigmas[t]!, x0, eps, eps + error);
          const mean = Math.abs(x0) + Math.abs(eps) + Math.abs(error) / Math.sqrt(schedule.alphaBar[t]!);
          const resolution = 1e-15 + (1e-13 * mean * (mean + 1)) / sigmas[t]! ** 2;
          expectNear(weights[t]! * error ** 2, kl, 1, 1e-9 * kl + resolution);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("Theorem 1's weights in closed form: (√a_s - √(1-a_s-sigma²)·√a_t/√(1-a_t))²·(1-a_t)/(2 sigma² a_t), and (1-a_1)/(2 sigma_1² a_1)", () => {
  fc.assert(
    fc.property(processes, ({ schedule: { alphaBar, T, ...rest }, sigmas }) => {
      const weights = elboWeights({ alphaBar, T, ...rest }, sigmas);
      expect(weights[0]).toBe(0);
      for (let t = 1; t <= T; t++) {
        const [abT, abS, variance] = [alphaBar[t]!, alphaBar[t - 1]!, sigmas[t]! ** 2];
        const left = Math.sqrt(abS) - Math.sqrt(Math.max(0, 1 - abS - variance)) * Math.sqrt(abT / (1 - abT));
        const want = t === 1 ? (1 - abT) / (2 * variance * abT) : (left ** 2 * (1 - abT)) / (2 * variance * abT);
        // the closed form subtracts; ours does not
        const resolution = (1e-7 * abS * (1 - abT)) / (variance * abT);
        expectNear(weights[t]!, want, 1, 1e-9 * want + resolution);
      }
    }),
    { numRuns: 300 },
  );
});

test("Theorem 1, (11): J_sigma(eps_theta) - L_gamma(eps_theta) is the same constant for every network", () => {
  // expectations over eps by Gauss-Hermite nodes, exact for the polynomials that arise from these networks
  const nodes = [-Math.sqrt(3), 0, Math.sqrt(3)];
  const chances = [1 / 6, 2 / 3, 1 / 6];
  fc.assert(
    fc.property(
      processes,
      fc.array(fc.tuple(between(-1, 1), between(-1, 1)), { minLength: 2, maxLength: 2 }),
      between(-2, 2),
      ({ schedule, sigmas }, networks, x0) => {
        const weights = elboWeights(schedule, sigmas);
        const differences = networks.map(([slope, offset]) => {
          let bound = 0;
          let loss = 0;
          let size = 0;
          for (let t = 1; t <= schedule.T; t++) {
            const ab = schedule.alphaBar[t]!;
            nodes.forEach((eps, i) => {
              const predicted = slope * (Math.sqrt(ab) * x0 + Math.sqrt(1 - ab) * eps) + offset;
              const term = boundTerm(schedule, t, sigmas[t]!, x0, eps, predicted);
              bound += chances[i]! * term;
              loss += chances[i]! * weights[t]! * (eps - predicted) ** 2;
              size += term + (1e-5 * (1 + Math.abs(x0)) ** 2) / (ab * sigmas[t]! ** 2);
            });
          }
          return { difference: bound - loss, size };
        });
        // the constant terms, KL(q(x_T|x0) || p(x_T)) and the entropies, are left out of both: C is 0 here
        for (const { difference, size } of differences) expectNear(difference, 0, 1e-7, size);
      },
    ),
    { numRuns: 20 },
  );
});
