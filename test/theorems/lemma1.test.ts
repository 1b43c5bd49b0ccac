import { ddim, ddpm, fromSigmas, sigmaHat, type Table } from "@nonmarkov/samplers";
import { maxSigma, posterior, sigmaEta, sigmaHat as sigmaHatOf } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chains, fraction, givenX0, moves, schedules, tausOf } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

/**
 * Composes the Gaussians of a table from q(x_T | x0): at each stop x = mean·x0 + √variance·noise.
 * @param visit is shown mean and variance at each row's end
 */
const compose = (
  { rows }: Table,
  visit: (stop: { mean: number; variance: number; alphaBarS: number; row: number }) => void,
): void => {
  const { alphaBarT } = rows[0]!;
  let mean = Math.sqrt(alphaBarT);
  let variance = 1 - alphaBarT;
  rows.forEach((row, i) => {
    const { ofX, ofX0, sigma } = givenX0(row);
    mean = ofX * mean + ofX0;
    variance = ofX ** 2 * variance + sigma ** 2;
    visit({ mean, variance, alphaBarS: row.alphaBarS, row: i });
  });
};
const expectMarginals = (table: Table): void =>
  compose(table, ({ mean, variance, alphaBarS }) => {
    expectNear(mean, Math.sqrt(alphaBarS));
    expectNear(variance, 1 - alphaBarS);
  });

test("Lemma 1: from q(x_T|x0), the chain of eq. (7) with any admissible sigmas has q(x_t|x0) = N(√a_t x0, (1-a_t) I) at every stop of any sub-sequence", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau, sigmas }) => expectMarginals(fromSigmas(sigmas)(schedule, tau))),
    { numRuns: 400 },
  );
});

test("Lemma 1 holds for DDIM with one eta per move, anywhere in 0..eta_max, also above 1", () => {
  let above1 = 0;
  fc.assert(
    fc.property(
      schedules().chain((schedule) => fc.tuple(fc.constant(schedule), tausOf(schedule), fc.infiniteStream(fraction))),
      ([schedule, tau, fractions]) => {
        const eta = (_: number, { alphaBarT, alphaBarS }: { alphaBarT: number; alphaBarS: number }): number => {
          const one = sigmaEta(alphaBarT, alphaBarS, 1);
          // where eta = 1 adds no noise, as in the move to clean data, every eta is the same
          const most = one === 0 ? 3 : maxSigma(alphaBarS) / one;
          const value = (fractions.next().value as number) * most;
          if (value > 1 && one > 0) above1++;
          return value;
        };
        expectMarginals(ddim({ eta })(schedule, tau));
      },
    ),
    { numRuns: 400 },
  );
  expect(above1).toBeGreaterThan(50);
});

test("Lemma 1 holds for DDPM with the small variance, Markovian as it is, on any sub-sequence", () => {
  fc.assert(
    fc.property(
      schedules().chain((schedule) => fc.tuple(fc.constant(schedule), tausOf(schedule))),
      ([schedule, tau]) => expectMarginals(ddpm({ variance: "small" })(schedule, tau)),
    ),
  );
});

test("Lemma 1 does not hold for the larger noise: one move of sigma-hat, or of DDPM's large variance, ends too wide by sigma-hat² - sigma(1)²", () => {
  let wider = 0;
  fc.assert(
    fc.property(moves({ min: -8, max: 8 }), ({ schedule, t, s, abT, abS }) => {
      const excess = sigmaHatOf(abT, abS) ** 2 - sigmaEta(abT, abS, 1) ** 2;
      for (const planner of [sigmaHat(), ddpm({ variance: "large" })]) {
        const { name, rows } = planner(schedule, [s, t]);
        compose({ name, rows: rows.slice(0, 1) }, ({ mean, variance }) => {
          expectNear(mean, Math.sqrt(abS));
          expectNear(variance, 1 - abS + excess);
          if (excess > 1e-6 * (1 - abS)) wider++;
        });
      }
    }),
    { numRuns: 300 },
  );
  expect(wider).toBeGreaterThan(100);
});

test("Lemma 1, (7): in the schedule's own terms, posterior(t, s, sigma) takes q(x_t|x0) to q(x_s|x0)", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau, sigmas }) => {
      const stops = [0, ...tau].reverse();
      sigmas.forEach((sigma, i) => {
        const [t, s] = [stops[i]!, stops[i + 1]!];
        const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
        const { x0Coef, xtCoef, sigma: noise } = posterior(schedule, { t, s, sigma });
        expectNear(xtCoef * Math.sqrt(abT) + x0Coef, Math.sqrt(abS));
        expectNear(xtCoef ** 2 * (1 - abT) + noise ** 2, 1 - abS);
        expect(noise).toBe(sigma);
      });
    }),
    { numRuns: 400 },
  );
});

test("(7): a planner's row, given x0, is q(x_s|x_t,x0): the coefficients of samplers and of schedule agree", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau, sigmas }) => {
      for (const row of fromSigmas(sigmas)(schedule, tau).rows) {
        const want = posterior(schedule, { t: row.t, s: row.s, sigma: row.sigma });
        const got = givenX0(row);
        expectNear(got.ofX, want.xtCoef);
        expectNear(got.ofX0, want.x0Coef, 1e-12, Math.sqrt(row.alphaBarS));
      }
    }),
  );
});
