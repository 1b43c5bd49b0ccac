import { forwardKernel, posterior, sigmaEta } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, fraction, moves } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

test("(8): by Bayes, q(x_s|x0)·q(x_t|x_s,x0) of (8) and q(x_t|x0)·q(x_s|x_t,x0) of (7) are one joint Gaussian, for every admissible sigma", () => {
  fc.assert(
    fc.property(moves(), ({ schedule, t, s, abT, abS, sigma }) => {
      const forward = forwardKernel(schedule, { t, s, sigma });
      const reverse = posterior(schedule, { t, s, sigma });
      // the mean of x_t and its variance, built up from x_s
      const gain = forward.xsCoef * Math.sqrt(abS);
      expectNear(forward.x0Coef + gain, Math.sqrt(abT), 1e-12, gain + Math.sqrt(abT));
      expectNear(forward.xsCoef ** 2 * (1 - abS) + forward.sigma ** 2, 1 - abT);
      // the covariance of x_s and x_t, from either side
      expectNear(forward.xsCoef * (1 - abS), reverse.xtCoef * (1 - abT));
      // and with it the whole density: at a point the logarithms agree
      expectNear(forward.sigma ** 2 * (1 - abS), reverse.sigma ** 2 * (1 - abT));
    }),
    { numRuns: 400 },
  );
});

test("(8), point by point: log q(x_s|x0) + log q(x_t|x_s,x0) = log q(x_t|x0) + log q(x_s|x_t,x0)", () => {
  const logNormal = (x: number, mean: number, sigma: number): number =>
    -(((x - mean) / sigma) ** 2) / 2 - Math.log(sigma) - Math.log(2 * Math.PI) / 2;
  const numbers = between(-3, 3);
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

test("(8): gain √(1-a_s-sigma²)·√(1-a_t)/(1-a_s) and variance sigma²·(1-a_t)/(1-a_s)", () => {
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

test("4.1: eta = 1 is Markovian, x0 drops out of (8), which becomes N(√(a_t/a_s) x_s, (1 - a_t/a_s) I)", () => {
  fc.assert(
    fc.property(moves(), ({ schedule, t, s, abT, abS }) => {
      const byEta = forwardKernel(schedule, { t, s, eta: 1 });
      expectNear(byEta.x0Coef, 0, 1e-12, Math.sqrt(abT));
      expectNear(byEta.xsCoef, Math.sqrt(abT / abS));
      expectNear(byEta.sigma ** 2, (abS - abT) / abS);
      // given by its sigma, which is rounded, the same up to what that rounding means for √(1 - a_s - sigma²)
      const bySigma = forwardKernel(schedule, { t, s, sigma: sigmaEta(abT, abS, 1) });
      const rounding = 1e-7 * Math.sqrt((1 - abT) / (1 - abS));
      expectNear(bySigma.x0Coef, 0, 1, rounding);
      expectNear(bySigma.xsCoef, byEta.xsCoef, 1, rounding);
      expectNear(bySigma.sigma, byEta.sigma);
    }),
    { numRuns: 400 },
  );
});

test("4.1: eta != 1 is not Markovian, x0 stays in (8), with a negative factor below eta = 1 and a positive one above", () => {
  const seen = { below: 0, above: 0 };
  fc.assert(
    fc.property(
      moves({ min: -6, max: 6 }).filter(({ abT, abS }) => abS - abT > 1e-6 * abS),
      fraction,
      ({ schedule, t, s, abT, abS }, u) => {
        const eta = (u * Math.sqrt(1 - abS)) / sigmaEta(abT, abS, 1);
        fc.pre(Math.abs(eta - 1) > 1e-3);
        const { x0Coef } = forwardKernel(schedule, { t, s, eta: eta * (1 - 1e-9) });
        seen[eta < 1 ? "below" : "above"]++;
        expect(Math.sign(x0Coef)).toBe(eta < 1 ? -1 : 1);
        // by how much: the covariance that is left between x_t and x0 when x_s is known
        expect(Math.abs(x0Coef)).toBeGreaterThan(1e-10);
      },
    ),
    { numRuns: 400 },
  );
  expect(Math.min(seen.below, seen.above)).toBeGreaterThan(50);
});
