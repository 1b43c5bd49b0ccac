import { ddim, ddpm } from "@nonmarkov/samplers";
import { alphas, betas, everyT, fromAlphas, fromBetas, noiseToSignal, posterior, sigmaEta } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, givenX0, moves, schedules, tausOf } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

test("4.1, (16): eta = 1 on every t is Ho's posterior, eqs. (6) and (7) of DDPM, mean and variance, by ddim, by ddpm and by posterior", () => {
  fc.assert(
    fc.property(schedules({ min: -20, max: 20 }), (schedule) => {
      const [beta, alpha, tau] = [betas(schedule), alphas(schedule), everyT(schedule.T)];
      const implicit = ddim({ eta: 1 })(schedule, tau).rows;
      const ancestral = ddpm({ variance: "small" })(schedule, tau).rows;
      implicit.forEach((row, i) => {
        const { t, s, alphaBarT, alphaBarS, sigma } = row;
        const x0Coef = (Math.sqrt(alphaBarS) * beta[t]!) / (1 - alphaBarT);
        const xtCoef = (Math.sqrt(alpha[t]!) * (1 - alphaBarS)) / (1 - alphaBarT);
        const variance = ((1 - alphaBarS) / (1 - alphaBarT)) * beta[t]!;
        const exact = posterior(schedule, { t, s, sigma: sigmaEta(alphaBarT, alphaBarS, 1) });
        for (const [of, tolerance] of [
          [givenX0(row), 1e-12],
          [givenX0(ancestral[i]!), 1e-12],
          // its interface is sigma, from which √(1 - a_s - sigma²) can only be had by subtracting
          [{ ofX: exact.xtCoef, ofX0: exact.x0Coef, sigma: exact.sigma }, 1e-7],
        ] as const) {
          expectNear(of.ofX, xtCoef, tolerance, xtCoef + (tolerance > 1e-10 ? 1 : 0));
          expectNear(of.ofX0, x0Coef, tolerance, Math.sqrt(alphaBarS));
          expectNear(of.sigma ** 2, variance);
        }
        expect(ancestral[i]!.eps).toEqual([]);
        expectNear(sigma, ancestral[i]!.sigma);
      });
    }),
    { numRuns: 300 },
  );
});

test("DDPM with the large variance adds Ho's other choice, beta_t, and its last move nothing", () => {
  fc.assert(
    fc.property(schedules(), (schedule) => {
      for (const { t, s, sigma } of ddpm({ variance: "large" })(schedule, everyT(schedule.T)).rows)
        expectNear(sigma ** 2, s === 0 ? 0 : betas(schedule)[t]!);
    }),
  );
});

test("4.2: DDPM on a sub-sequence is DDPM on the respaced process of betas 1 - a_t/a_s, row by row, for either variance", () => {
  const chain = (range: { min?: number; max?: number }) =>
    schedules(range).chain((schedule) => fc.tuple(fc.constant(schedule), tausOf(schedule)));
  const check = (kind: "alphas" | "betas", range: { min?: number; max?: number }, tolerance: number): void => {
    fc.assert(
      fc.property(chain(range), ([schedule, tau]) => {
        const stops = [0, ...tau].map((t) => schedule.alphaBar[t]!);
        const kept = stops.slice(1).map((ab, i) => ab / stops[i]!);
        const respaced =
          kind === "alphas" ? fromAlphas(kept) : fromBetas(stops.slice(1).map((ab, i) => (stops[i]! - ab) / stops[i]!));
        for (const variance of ["small", "large"] as const) {
          const skipping = ddpm({ variance })(schedule, tau).rows;
          const walking = ddpm({ variance })(respaced, everyT(respaced.T)).rows;
          expect(walking.length).toBe(skipping.length);
          skipping.forEach((row, i) => {
            const same = walking[i]!;
            expectNear(same.x, row.x, tolerance, 1);
            expectNear(same.x0[0]!, row.x0[0]!, tolerance, 1);
            expectNear(same.sigma, row.sigma, tolerance, 1);
          });
        }
      }),
    );
  };
  // the alphas' product is exact to rounding; 1 - beta loses digits where beta is close to 1
  check("alphas", { min: -30, max: 8 }, 1e-11);
  check("betas", { min: -6, max: 6 }, 1e-9);
});

test("(12): in noiseToSignal units DDIM(eta) is the ancestral step, sigma_up = eta·√(sigma_s²(sigma_t²-sigma_s²)/sigma_t²), sigma_down = √(sigma_s² - sigma_up²), xbar + (sigma_down - sigma_t)·d + sigma_up·z", () => {
  fc.assert(
    fc.property(moves({ min: -12, max: 12 }), between(0, 2), ({ schedule, t, s, abT, abS }, eta) => {
      const [sigmaT, sigmaS] = [noiseToSignal(abT), noiseToSignal(abS)];
      const up = eta * Math.sqrt((sigmaS ** 2 * (sigmaT ** 2 - sigmaS ** 2)) / sigmaT ** 2);
      fc.pre(up <= sigmaS * (1 - 1e-6));
      const down = Math.sqrt(sigmaS ** 2 - up ** 2);
      const row = ddim({ eta: [eta, 0] })(schedule, [s, t]).rows[0]!;
      // xbar = x/√a and x0 = xbar_t - sigma_t·d, d = eps
      const scale = Math.sqrt(abS);
      expectNear(row.x0[0]! / scale, 1);
      expect(row.x).toBe(0);
      expectNear(row.eps[0]! / scale - sigmaT, down - sigmaT, 1e-8, sigmaT);
      expectNear(row.sigma / scale, up, 1e-8, sigmaS);
      if (up < 0.9 * sigmaS) expectNear(row.eps[0]! / scale, down, 1e-7);
    }),
    { numRuns: 300 },
  );
});
