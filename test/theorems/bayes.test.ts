import { forwardKernel, posterior, sigmaEta } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moves } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

test("Bayes: q(x_s|x0)·q(x_t|x_s,x0) of (8) and q(x_t|x0)·q(x_s|x_t,x0) of (7) are one joint Gaussian, for every admissible sigma", () => {
  fc.assert(
    fc.property(moves(), ({ schedule, t, s, abT, abS, sigma }) => {
      const forward = forwardKernel(schedule, { t, s, sigma });
      const reverse = posterior(schedule, { t, s, sigma });
      // the mean of x_t and its variance, built up from x_s
      expectNear(forward.x0Coef + forward.xsCoef * Math.sqrt(abS), Math.sqrt(abT), 1e-12, Math.sqrt(abT) + 1e-30);
      expectNear(forward.xsCoef ** 2 * (1 - abS) + forward.sigma ** 2, 1 - abT);
      // the covariance of x_s and x_t, from either side
      expectNear(forward.xsCoef * (1 - abS), reverse.xtCoef * (1 - abT));
      // and with it the whole density: at a point the logarithms agree
      expectNear(forward.sigma ** 2 * (1 - abS), reverse.sigma ** 2 * (1 - abT));
    }),
    { numRuns: 400 },
  );
});

test("Bayes, point by point: log q(x_s|x0) + log q(x_t|x_s,x0) = log q(x_t|x0) + log q(x_s|x_t,x0)", () => {
  const logNormal = (x: number, mean: number, sigma: number): number =>
    -(((x - mean) / sigma) ** 2) / 2 - Math.log(sigma) - Math.log(2 * Math.PI) / 2;
  const numbers = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(
      moves({ min: -6, max: 6 }).filter(({ sigma, abS }) => sigma > 0.05 * Math.sqrt(1 - abS)),
      fc.tuple(numbers, numbers, numbers),
      ({ schedule, t, s, abT, abS, sigma }, [x0, zS, zT]) => {
        const xs = Math.sqrt(abS) * x0 + Math.sqrt(1 - abS) * zS;
        const xt = Math.sqrt(abT) * x0 + Math.sqrt(1 - abT) * zT;
        const forward = forwardKernel(schedule, { t, s, sigma });
        const reverse = posterior(schedule, { t, s, sigma });
        const left =
          logNormal(xs, Math.sqrt(abS) * x0, Math.sqrt(1 - abS)) +
          logNormal(xt, forward.x0Coef * x0 + forward.xsCoef * xs, forward.sigma);
        const right =
          logNormal(xt, Math.sqrt(abT) * x0, Math.sqrt(1 - abT)) +
          logNormal(xs, reverse.x0Coef * x0 + reverse.xtCoef * xt, reverse.sigma);
        expectNear(left, right, 1e-9, 1 + Math.abs(right));
      },
    ),
    { numRuns: 400 },
  );
});

test("eq. (8): gain √(1-a_s-sigma²)·√(1-a_t)/(1-a_s) and variance sigma²·(1-a_t)/(1-a_s)", () => {
  fc.assert(
    fc.property(moves({ min: -10, max: 10 }), ({ schedule, t, s, abT, abS, sigma }) => {
      const { x0Coef, xsCoef, sigma: noise } = forwardKernel(schedule, { t, s, sigma });
      const gain = (Math.sqrt(Math.max(0, 1 - abS - sigma ** 2)) * Math.sqrt(1 - abT)) / (1 - abS);
      // the textbook subtraction loses half of the digits where it cancels
      expectNear(xsCoef, gain, 1e-6, Math.sqrt((1 - abT) / (1 - abS)));
      expectNear(x0Coef, Math.sqrt(abT) - gain * Math.sqrt(abS), 1e-6, Math.sqrt((1 - abT) / (1 - abS)));
      expectNear(noise ** 2, (sigma ** 2 * (1 - abT)) / (1 - abS));
    }),
  );
});

test("eta = 1 is Markovian: x0 drops out of (8), which becomes N(√(a_t/a_s) x_s, (1 - a_t/a_s) I)", () => {
  fc.assert(
    fc.property(moves(), ({ schedule, t, s, abT, abS }) => {
      const { x0Coef, xsCoef, sigma } = forwardKernel(schedule, { t, s, sigma: sigmaEta(abT, abS, 1) });
      expectNear(x0Coef, 0, 1e-12, Math.sqrt(abT));
      expectNear(xsCoef, Math.sqrt(abT / abS), 1e-12, Math.sqrt(abT / abS) + 1e-7);
      expectNear(sigma ** 2, (abS - abT) / abS);
    }),
    { numRuns: 400 },
  );
});

test("eta != 1 is not Markovian: x0 stays in (8), with a negative factor below eta = 1 and a positive one above", () => {
  const seen = { below: 0, above: 0 };
  fc.assert(
    fc.property(
      moves({ min: -6, max: 6 }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      ({ schedule, t, s, abT, abS }, eta) => {
        const sigma = sigmaEta(abT, abS, eta);
        fc.pre(Math.abs(eta - 1) > 1e-3 && sigma <= Math.sqrt(1 - abS) && abS - abT > 1e-3 * abS);
        const { x0Coef } = forwardKernel(schedule, { t, s, sigma });
        seen[eta < 1 ? "below" : "above"]++;
        expect(Math.sign(x0Coef)).toBe(eta < 1 ? -1 : 1);
        expect(Math.abs(x0Coef)).toBeGreaterThan(1e-12);
      },
    ),
    { numRuns: 400 },
  );
  expect(Math.min(seen.below, seen.above)).toBeGreaterThan(20);
});
