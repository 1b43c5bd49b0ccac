import {
  frechetDistance,
  frechetInterval,
  type Features,
  jackknife,
  kidInterval,
  moments,
  polynomialMmd,
} from "@nonmarkov/metrics";
import { foldIn, key, normal } from "@nonmarkov/random";
import fc from "fast-check";
import { expect, test } from "vitest";

const drawn = (seed: number, n: number, d: number, shift = 0): Features => ({
  n,
  d,
  data: normal(key(seed), n * d).map((z) => z + shift),
});

test("the jackknife of a mean with groups of one row is the usual standard error, s/√n", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 40 }), (values) => {
      const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
      const { value, standardError, low, high } = jackknife(values.length, (left) =>
        mean(values.filter((_, i) => i !== left)),
      );
      const s2 = values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1);
      expect(value).toBeCloseTo(mean(values), 12);
      expect(standardError).toBeCloseTo(Math.sqrt(s2 / values.length), 8);
      expect([high - value, value - low].map((width) => width / 1.96)).toEqual([
        expect.closeTo(standardError, 8),
        expect.closeTo(standardError, 8),
      ]);
    }),
  );
});

test("the values of the intervals are the distances themselves", () => {
  const [x, y] = [drawn(1, 157, 5, 0.2), drawn(2, 90, 5)];
  const frechet = frechetInterval(x, moments(y));
  expect(frechet.value).toBeCloseTo(frechetDistance(x, y).distance, 12);
  expect(frechet.singular).toBe(false);
  expect(kidInterval(x, y).value).toBeCloseTo(polynomialMmd(x, y), 12);
});

test("kidInterval's groups are what remains when rows i, i + 20, ... are taken away", () => {
  const [x, y] = [drawn(3, 47, 3, 0.3), drawn(4, 30, 3)];
  const without = (group: number | undefined): Features => {
    const kept = Array.from({ length: x.n }, (_, i) => i).filter((i) => i % 5 !== group);
    return {
      n: kept.length,
      d: x.d,
      data: Float64Array.from(kept.flatMap((i) => [...x.data.slice(i * 3, i * 3 + 3)])),
    };
  };
  const direct = jackknife(5, (group) => polynomialMmd(without(group), y));
  const fast = kidInterval(x, y, { groups: 5 });
  expect(fast.value).toBeCloseTo(direct.value, 12);
  expect(fast.standardError).toBeCloseTo(direct.standardError, 12);
});

test("the standard errors are the spread of the distances over samples drawn anew", () => {
  const reference = drawn(99, 4000, 4);
  const repeats = Array.from({ length: 60 }, (_, i) => {
    const x: Features = { n: 200, d: 4, data: normal(foldIn(key(7), i), 800).map((z) => 1.2 * z + 0.3) };
    return {
      frechet: frechetInterval(x, moments(reference)),
      kid: kidInterval(x, { ...reference, n: 200, data: reference.data.slice(0, 800) }),
    };
  });
  for (const of of ["frechet", "kid"] as const) {
    const values = repeats.map((repeat) => repeat[of].value);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
    const claimed = repeats.reduce((sum, repeat) => sum + repeat[of].standardError, 0) / repeats.length;
    expect(claimed / spread).toBeGreaterThan(0.7);
    expect(claimed / spread).toBeLessThan(1.5);
  }
});

test("fewer samples than dimensions are flagged as singular", () => {
  expect(frechetInterval(drawn(5, 30, 40), moments(drawn(6, 200, 40))).singular).toBe(true);
});

test("what cannot be estimated is refused", () => {
  expect(() => jackknife(1, () => 0)).toThrow("jackknife: groups must be an integer >= 2, got 1");
  expect(() => kidInterval(drawn(1, 10, 2), drawn(2, 50, 2))).toThrow(
    "kidInterval: n must be an integer >= 20, got 10",
  );
  expect(() => frechetInterval(drawn(1, 19, 2), moments(drawn(2, 50, 2)))).toThrow(
    "n must be an integer >= 20, got 19",
  );
});
