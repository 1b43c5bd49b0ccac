import { foldIn, type Key, key, normal, permutation } from "@nonmarkov/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Features,
  frechetDistance,
  frechetFromMoments,
  kid,
  moments,
  polynomialMmd,
  slicedWasserstein,
} from "../src/index.ts";

const keys: fc.Arbitrary<Key> = fc.nat(1e6).map((seed) => key(seed));
const gaussian = (k: Key, n: number, d: number): Features => ({ n, d, data: normal(k, n * d) });
const mapRows = ({ n, d, data }: Features, f: (value: number, j: number) => number): Features => ({
  n,
  d,
  data: Float64Array.from(data, (value, i) => f(value, i % d)),
});
const shuffled = ({ n, d, data }: Features, k: Key): Features => {
  const order = permutation(k, n);
  return { n, d, data: Float64Array.from(data, (_, i) => data[order[Math.floor(i / d)]! * d + (i % d)]!) };
};
const doubled = ({ n, d, data }: Features): Features => ({ n: 2 * n, d, data: Float64Array.from([...data, ...data]) });
const close = (got: number, want: number, tolerance = 1e-10) =>
  expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(want)));

const pairs = fc.record({
  k: keys,
  n: fc.integer({ min: 2, max: 30 }),
  m: fc.integer({ min: 2, max: 30 }),
  d: fc.integer({ min: 1, max: 6 }),
});

describe("Frechet distance", () => {
  test("of diagonal Gaussians is the sum of (difference of means)^2 + (difference of standard deviations)^2", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            m1: fc.double({ min: -5, max: 5, noNaN: true }),
            m2: fc.double({ min: -5, max: 5, noNaN: true }),
            s1: fc.double({ min: 0.01, max: 5, noNaN: true }),
            s2: fc.double({ min: 0.01, max: 5, noNaN: true }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        (axes) => {
          const d = axes.length;
          const of = (mean: number[], std: number[]) => ({
            mean: Float64Array.from(mean),
            covariance: Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? std[i % d]! ** 2 : 0)),
          });
          const got = frechetFromMoments(
            of(
              axes.map(({ m1 }) => m1),
              axes.map(({ s1 }) => s1),
            ),
            of(
              axes.map(({ m2 }) => m2),
              axes.map(({ s2 }) => s2),
            ),
          );
          close(
            got.distance,
            axes.reduce((sum, { m1, m2, s1, s2 }) => sum + (m1 - m2) ** 2 + (s1 - s2) ** 2, 0),
            1e-9,
          );
          expect(got.singular).toBe(false);
        },
      ),
    ));

  test("is 0 for the same set in another order, symmetric, and moves with a shift by its squared length", () =>
    fc.assert(
      fc.property(pairs, fc.double({ min: -3, max: 3, noNaN: true }), ({ k, n, m, d }, shift) => {
        const x = gaussian(foldIn(k, 0), n, d);
        const y = gaussian(foldIn(k, 1), m, d);
        close(frechetDistance(x, shuffled(x, foldIn(k, 2))).distance, 0);
        close(frechetDistance(x, y).distance, frechetDistance(y, x).distance, 1e-9);
        close(
          frechetDistance(
            x,
            mapRows(x, (v) => v + shift),
          ).distance,
          d * shift ** 2,
        );
        close(
          frechetDistance(
            x,
            mapRows(x, (v) => 2 * v),
          ).covarianceTerm,
          trace(moments(x).covariance, d),
          1e-9,
        );
      }),
    ));

  const trace = (covariance: Float64Array, d: number) =>
    covariance.reduce((sum, v, i) => sum + (i % (d + 1) === 0 ? v : 0), 0);

  test("does not depend on the precision in which the features came, beyond its rounding", () => {
    const x = gaussian(key(1), 50, 4);
    const y = gaussian(key(2), 60, 4);
    const rounded = ({ n, d, data }: Features): Features => ({ n, d, data: Float32Array.from(data) });
    close(frechetDistance(rounded(x), rounded(y)).distance, frechetDistance(x, y).distance, 1e-6);
  });

  test("flags n <= d, where every covariance is singular, and constant features", () => {
    const of = (n: number) => frechetDistance(gaussian(key(1), n, 5), gaussian(key(2), 50, 5)).singular;
    expect([2, 5, 6, 50].map(of)).toEqual([true, true, false, false]);
    const x = gaussian(key(1), 50, 5);
    expect(
      frechetDistance(
        x,
        mapRows(x, (v, j) => (j === 0 ? 1 : v)),
      ).singular,
    ).toBe(true);
  });

  test("refuses moments that are none", () => {
    const good = { mean: new Float64Array(2), covariance: Float64Array.of(1, 0, 0, 1) };
    const other = (mean: number[], covariance: number[]) => () =>
      frechetFromMoments(good, { mean: Float64Array.from(mean), covariance: Float64Array.from(covariance) });
    expect(other([0], [1])).toThrow(/d = 2/);
    expect(other([0, 0], [1, 0, 0])).toThrow(/d \* d/);
    expect(other([0, NaN], [1, 0, 0, 1])).toThrow(/finite/);
    expect(other([0, 0], [1, 0, 0, Infinity])).toThrow(/finite/);
    expect(other([0, 0], [1, 0.5, 0, 1])).toThrow(/symmetric, got 0 and 0.5 at 1, 0/);
    expect(other([0, 0], [1, 2, 2, 1])).toThrow(/positive semidefinite/);
    expect(other([0, 0], [-1, 0, 0, -1])).toThrow(/positive semidefinite/);
  });
});

describe("polynomial MMD and KID", () => {
  test("the estimate is the kernel's means without equal pairs: a hand-computed example", () => {
    const x = { n: 2, d: 1, data: Float64Array.of(0, 1) };
    const y = { n: 3, d: 1, data: Float64Array.of(1, -1, 2) };
    // within x: k(0,1) = 1; within y: k = 0, 27, -1; across: 1 1 1 8 0 27
    close(polynomialMmd(x, y), 1 + 26 / 3 - (2 * 38) / 6);
  });

  test("is symmetric, blind to the order of rows, and right for the same set given twice", () =>
    fc.assert(
      fc.property(pairs, ({ k, n, m, d }) => {
        const x = gaussian(foldIn(k, 0), n, d);
        const y = gaussian(foldIn(k, 1), m, d);
        close(polynomialMmd(x, y), polynomialMmd(y, x));
        close(polynomialMmd(x, y), polynomialMmd(shuffled(x, foldIn(k, 2)), y));
        close(polynomialMmd(x, x), polynomialMmd(x, { ...x }));
      }),
    ));

  test("is unbiased: over many pairs of small sets of one distribution its mean is 0 within four standard errors", () => {
    const count = 3000;
    const values = Array.from({ length: count }, (_, i) =>
      polynomialMmd(gaussian(foldIn(key(0), i), 4, 3), gaussian(foldIn(key(1), i), 6, 3)),
    );
    const mean = values.reduce((a, b) => a + b) / count;
    const std = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / (count - 1));
    expect(Math.abs(mean)).toBeLessThan((4 * std) / Math.sqrt(count));
  });

  test("KID with one subset of everything is the estimate itself, and its spread 0", () => {
    const x = gaussian(key(1), 20, 3);
    const y = gaussian(key(2), 20, 3);
    const whole = kid(x, y, { key: key(3), subsets: 1, subsetSize: 20 });
    close(whole.mean, polynomialMmd(x, y));
    expect(whole.std).toBe(0);
  });

  test("KID is a function of the key, tells distributions apart, and estimates the MMD of the whole sets", () => {
    const x = gaussian(key(1), 400, 3);
    const same = gaussian(key(2), 400, 3);
    const other = mapRows(gaussian(key(3), 400, 3), (v) => 1.3 * v + 0.3);
    const options = { key: key(4), subsets: 60, subsetSize: 100 };
    expect(kid(x, other, options)).toEqual(kid(x, other, options));
    expect(kid(x, other, options)).not.toEqual(kid(x, other, { ...options, key: key(5) }));
    const near = kid(x, same, options);
    const far = kid(x, other, options);
    const error = (std: number) => (5 * std) / Math.sqrt(60);
    expect(Math.abs(near.mean - polynomialMmd(x, same))).toBeLessThan(error(near.std));
    expect(Math.abs(far.mean - polynomialMmd(x, other))).toBeLessThan(error(far.std));
    expect(far.mean).toBeGreaterThan(5 * Math.abs(near.mean));
  });

  test("KID refuses subsets that do not fit", () => {
    const x = gaussian(key(1), 20, 3);
    for (const subsetSize of [1, 21, 2.5, NaN])
      expect(() => kid(x, x, { key: key(0), subsetSize })).toThrow(RangeError);
    for (const subsets of [0, 1.5, NaN]) expect(() => kid(x, x, { key: key(0), subsets })).toThrow(RangeError);
  });
});

describe("sliced Wasserstein distance", () => {
  const options = { key: key(9), projections: 20 };

  test("on the line it is the distance of the sorted values, whatever the directions", () =>
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 30 }), fc.constantFrom(1, 2, 3.5), (k, n, p) => {
        const x = gaussian(foldIn(k, 0), n, 1);
        const y = gaussian(foldIn(k, 1), n, 1);
        const [a, b] = [x.data.slice().sort(), y.data.slice().sort()];
        const mean = Array.from(a).reduce((sum, v, i) => sum + Math.abs(v - b[i]!) ** p, 0) / n;
        close(slicedWasserstein(x, y, { ...options, p }), mean ** (1 / p));
      }),
    ));

  test("is a distance: 0 for the same set in another order, symmetric, and the detour is not shorter", () =>
    fc.assert(
      fc.property(pairs, fc.constantFrom(1, 2), ({ k, n, m, d }, p) => {
        const [x, y, z] = [gaussian(foldIn(k, 0), n, d), gaussian(foldIn(k, 1), m, d), gaussian(foldIn(k, 2), 7, d)];
        const w = (a: Features, b: Features) => slicedWasserstein(a, b, { ...options, p });
        expect(w(x, shuffled(x, foldIn(k, 3)))).toBe(0);
        close(w(x, y), w(y, x));
        expect(w(x, y)).toBeGreaterThan(0);
        expect(w(x, z)).toBeLessThanOrEqual(w(x, y) + w(y, z) + 1e-12);
      }),
    ));

  test("compares distributions, not lists: repeating a set changes nothing, also against one of another size", () =>
    fc.assert(
      fc.property(pairs, ({ k, n, m, d }) => {
        const x = gaussian(foldIn(k, 0), n, d);
        const y = gaussian(foldIn(k, 1), m, d);
        close(slicedWasserstein(doubled(x), y, options), slicedWasserstein(x, y, options));
        close(slicedWasserstein(doubled(x), x, options), 0);
      }),
    ));

  test("scales with the data, and a shift by v moves it by |v|/sqrt(d) on average over directions", () => {
    const x = gaussian(key(1), 50, 4);
    const y = gaussian(key(2), 60, 4);
    close(
      slicedWasserstein(
        mapRows(x, (v) => 3 * v),
        mapRows(y, (v) => 3 * v),
        options,
      ),
      3 * slicedWasserstein(x, y, options),
    );
    const shifted = mapRows(x, (v, j) => v + (j === 0 ? 2 : 0));
    const many = slicedWasserstein(x, shifted, { key: key(3), projections: 4000 });
    // the square of a direction's first coordinate has mean 1/4 and variance 1/32
    expect(Math.abs(many ** 2 - 1)).toBeLessThan(4 * 5 * Math.sqrt(1 / 32 / 4000));
  });

  test("is a function of the key", () => {
    const [x, y] = [gaussian(key(1), 10, 3), gaussian(key(2), 10, 3)];
    expect(slicedWasserstein(x, y, options)).toBe(slicedWasserstein(x, y, options));
    expect(slicedWasserstein(x, y, options)).not.toBe(slicedWasserstein(x, y, { ...options, key: key(10) }));
  });

  test("refuses projections and orders that make no distance", () => {
    const x = gaussian(key(1), 10, 3);
    for (const projections of [0, 1.5, NaN])
      expect(() => slicedWasserstein(x, x, { key: key(0), projections })).toThrow(RangeError);
    for (const p of [0.5, Infinity, NaN]) expect(() => slicedWasserstein(x, x, { key: key(0), p })).toThrow(RangeError);
  });
});

describe("features that are none are refused by every metric:", () => {
  const good = gaussian(key(1), 10, 3);
  const metrics: Record<string, (x: Features, y: Features) => unknown> = {
    frechetDistance,
    polynomialMmd,
    kid: (x, y) => kid(x, y, { key: key(0) }),
    slicedWasserstein: (x, y) => slicedWasserstein(x, y, { key: key(0) }),
  };
  const bad: [string, Features][] = [
    ["no rows", { n: 0, d: 3, data: new Float64Array(0) }],
    ["another d", gaussian(key(1), 10, 2)],
    ["data too short", { n: 10, d: 3, data: new Float64Array(29) }],
    ["a number that is none", mapRows(good, (v, j) => (j === 1 ? NaN : v))],
    ["an infinite number", mapRows(good, (v, j) => (j === 1 ? Infinity : v))],
    ["fractional sizes", { n: 2.5, d: 2, data: new Float64Array(5) }],
  ];
  test.each(bad)("%s", (_, features) => {
    for (const [name, metric] of Object.entries(metrics)) {
      expect(() => metric(good, features), name).toThrow(RangeError);
      expect(() => metric(features, good), name).toThrow(new RegExp(`^${name}: `));
    }
  });

  test("one row has no covariance, and no pair", () => {
    const single = gaussian(key(1), 1, 3);
    expect(() => moments(single)).toThrow(RangeError);
    expect(() => polynomialMmd(single, good)).toThrow(RangeError);
    expect(slicedWasserstein(single, good, { key: key(0) })).toBeGreaterThan(0);
  });
});
