import { atIndex, empirical, independent, marginal } from "@nonmarkov/discrete";
import { linear } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { classesOf } from "./support/arbitraries.ts";

const alphaBars = fc.oneof(fc.constantFrom(0, 0.5, 0.999), fc.double({ min: 0, max: 0.9999, noNaN: true }));

/** Bayes over all points without logarithms. */
const byHand = (
  points: Int32Array,
  weights: readonly number[],
  x: Int32Array,
  classes: number,
  alphaBar: number,
): { x0: number[]; probability: number } => {
  const q = marginal(alphaBar, classes);
  const total = weights.reduce((a, b) => a + b, 0);
  const joint = weights.map((w, n) => [...x].reduce((p, xt, j) => p * q(xt, points[n * x.length + j]!), w / total));
  const probability = joint.reduce((a, b) => a + b, 0);
  const x0 = Array.from({ length: x.length * classes }, () => 0);
  joint.forEach((p, n) => x.forEach((_, j) => (x0[j * classes + points[n * x.length + j]!]! += p / probability)));
  return { x0, probability };
};

test("the exact denoiser of weighted points is Bayes' rule, and the probability of x_t the sum over the points", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }))
        .chain(([classes, dims, count]) =>
          fc.record({
            classes: fc.constant(classes),
            points: classesOf(count * dims, classes),
            weights: fc.array(fc.double({ min: 0.01, max: 3, noNaN: true }), { minLength: count, maxLength: count }),
            x: classesOf(dims, classes),
          }),
        ),
      alphaBars,
      ({ classes, points, weights, x }, alphaBar) => {
        const exact = empirical({ points, count: weights.length, classes, weights });
        const want = byHand(points, weights, x, classes, alphaBar);
        exact.x0(x, alphaBar).forEach((p, i) => expect(p).toBeCloseTo(want.x0[i]!, 12));
        expect(exact.logProbability(x, alphaBar)[0]).toBeCloseTo(Math.log(want.probability), 9);
      },
    ),
  );
});

test("independent coordinates and the points of their product are one distribution", () => {
  const distributions = [
    [0.2, 0.5, 0.3],
    [0.6, 0, 0.4],
  ];
  const points = Int32Array.from({ length: 18 }, (_, i) => (i % 2 === 0 ? Math.floor(i / 6) : (i >> 1) % 3));
  const weights = Array.from(
    { length: 9 },
    (_, n) => distributions[0]![Math.floor(n / 3)]! * distributions[1]![n % 3]!,
  );
  const [a, b] = [independent(distributions), empirical({ points, count: 9, classes: 3, weights })];
  expect([a.dims, a.classes]).toEqual([b.dims, b.classes]);
  for (const alphaBar of [0, 0.2, 0.9, 0.999999]) {
    const want = b.x0(points, alphaBar);
    a.x0(points, alphaBar).forEach((p, i) => expect(p).toBeCloseTo(want[i]!, 12));
    const log = b.logProbability(points, alphaBar);
    a.logProbability(points, alphaBar).forEach((p, i) => expect(p).toBeCloseTo(log[i]!, 10));
  }
});

test("far from the data, in many coordinates, nothing under- or overflows", () => {
  const dims = 5000;
  const points = new Int32Array(2 * dims).fill(1, dims);
  const exact = empirical({ points, count: 2, classes: 4 });
  const x = new Int32Array(dims).fill(3);
  x[0] = 1;
  const p = exact.x0(x, 0.999);
  expect(p.every(Number.isFinite)).toBe(true);
  expect(p[1]).toBeCloseTo(1, 3);
  expect(exact.logProbability(x, 0.999)[0]).toBeLessThan(-1000);
});

test("without noise x_t is the data, and what is impossible is an error", () => {
  const exact = empirical({ points: Int32Array.of(0, 1, 2, 2), count: 2, classes: 3 });
  expect([...exact.x0(Int32Array.of(2, 2), 1)]).toEqual([0, 0, 1, 0, 0, 1]);
  expect(exact.logProbability(Int32Array.of(2, 2, 0, 0), 1)).toEqual(Float64Array.of(Math.log(0.5), -Infinity));
  expect(() => exact.x0(Int32Array.of(2, 2, 0, 0), 1)).toThrow(/^empirical: x must be possible .*, got row 1 of /);
  const coin = independent([[1, 0]]);
  expect(() => coin.x0(Int32Array.of(1), 1)).toThrow(/^independent: x must be possible/);
  expect(coin.logProbability(Int32Array.of(1), 1)).toEqual(Float64Array.of(-Infinity));
});

test("data, weights and inputs that cannot be are errors", () => {
  const points = Int32Array.of(0, 1, 2, 2);
  const of = (change: object) => () => empirical({ points, count: 2, classes: 3, ...change });
  expect(of({ count: 3 })).toThrow(/^empirical: points must be 3 equal rows, got 4 entries; /);
  expect(of({ count: 0 })).toThrow(RangeError);
  expect(of({ classes: 2 })).toThrow(/points\[2\] must be a class in 0\.\.1, got 2; /);
  for (const weights of [[1], [1, -1], [0, 0], [1, NaN]]) expect(of({ weights })).toThrow(/weights must be 2 numbers/);
  expect(() => independent([])).toThrow(/at least one coordinate/);
  expect(() => independent([[0.5, 0.5], [1]])).toThrow(
    /^independent: distributions\[1\] must be 2 numbers .*, got 1; /,
  );
  expect(() => independent([[0.5, 0.6]])).toThrow(RangeError);
  const exact = of({})();
  expect(() => exact.x0(Int32Array.of(0), 0.5)).toThrow(/rows of 2 coordinates, got 1 classes; /);
  expect(() => exact.x0(Int32Array.of(0, 3), 0.5)).toThrow(/x\[1\] must be a class/);
  expect(() => exact.x0(Int32Array.of(0, 0), -0.1)).toThrow(/alphaBar must be in \[0, 1\], got -0.1; /);
  const denoiser = atIndex(exact.x0, linear({ T: 4 }).alphaBar);
  expect(() => denoiser(Int32Array.of(0, 0), 5)).toThrow(/^atIndex: t must be an integer in 0\.\.4, got 5; /);
});
