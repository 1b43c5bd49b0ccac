import { conversion, predictions, targetCoefs } from "@nonmarkov/train";
import fc from "fast-check";
import { expect, test } from "vitest";

const inside = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
const values = fc.double({ min: -4, max: 4, noNaN: true });
const kinds = fc.constantFrom(...predictions);

test("for every x0 and eps, a conversion takes the target of one prediction and x_t to the target of the other", () =>
  fc.assert(
    fc.property(inside, values, values, kinds, kinds, (alphaBar, x0, eps, from, to) => {
      const target = (kind: typeof from): number => {
        const coefs = targetCoefs(kind, alphaBar);
        return coefs.x0 * x0 + coefs.eps * eps;
      };
      const xt = Math.sqrt(alphaBar) * x0 + Math.sqrt(1 - alphaBar) * eps;
      const { xt: xtCoef, output } = conversion(from, to, alphaBar);
      const terms = [xtCoef * xt, output * target(from)];
      // x_t and the target are rounded: what they cancel to is known to a few units in the last place of the largest
      const size = Math.abs(xtCoef) * (Math.abs(x0) + Math.abs(eps)) + Math.abs(terms[1]!) + Math.abs(target(to));
      expect(Math.abs(terms[0]! + terms[1]! - target(to))).toBeLessThanOrEqual(
        1e-14 * size + Number.MIN_VALUE / Number.EPSILON,
      );
    }),
    { numRuns: 1000 },
  ));

test("going there and back changes nothing, whichever the two predictions", () =>
  fc.assert(
    fc.property(inside, kinds, kinds, (alphaBar, from, to) => {
      const there = conversion(from, to, alphaBar);
      const back = conversion(to, from, alphaBar);
      expect(back.output * there.output).toBeCloseTo(1, 12);
      const residue = back.xt + back.output * there.xt;
      expect(Math.abs(residue)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(back.xt)));
    }),
  ));

test("v can be converted to x0 at both ends of the schedule, and to eps", () => {
  expect(conversion("v", "x0", 0)).toEqual({ xt: 0, output: -1 });
  expect(conversion("v", "eps", 0)).toEqual({ xt: 1, output: 0 });
  expect(conversion("v", "x0", 1)).toEqual({ xt: 1, output: -0 });
  expect(conversion("v", "eps", 1)).toEqual({ xt: 0, output: 1 });
});

test("what cannot be known is an error: x0 from eps without signal, eps from x0 without noise", () => {
  expect(() => conversion("eps", "x0", 0)).toThrow(/x0 cannot be told from eps at alphaBar = 0/);
  expect(() => conversion("score", "v", 0)).toThrow(RangeError);
  expect(() => conversion("x0", "eps", 1)).toThrow(RangeError);
  expect(() => targetCoefs("score", 1)).toThrow(/there is no score/);
  expect(() => conversion("eps", "v", 1.1)).toThrow(/alphaBar must be in \[0, 1\], got 1.1/);
  expect(() => targetCoefs("eps", NaN)).toThrow(/alphaBar must be in \[0, 1\], got NaN/);
});

test("the score is the gradient of the log density of x_t given x_0", () =>
  fc.assert(
    fc.property(inside, values, values, (alphaBar, x0, eps) => {
      const variance = 1 - alphaBar;
      const logDensity = (x: number): number => -((x - Math.sqrt(alphaBar) * x0) ** 2) / (2 * variance);
      const xt = Math.sqrt(alphaBar) * x0 + Math.sqrt(variance) * eps;
      const h = 1e-3 * Math.sqrt(variance);
      const slope = (logDensity(xt + h) - logDensity(xt - h)) / (2 * h);
      const score = targetCoefs("score", alphaBar).eps * eps;
      expect(Math.abs(slope - score)).toBeLessThanOrEqual((1e-6 + 1e-10 / Math.sqrt(variance)) / Math.sqrt(variance));
    }),
  ));
