import { foldIn, key, normal, uniform } from "@nonmarkov/random";
import { expect, test } from "vitest";
import { chiSquareTest, correlationTest, kolmogorovSmirnovTest, normalCdf } from "./statistics.ts";

test("the normal distribution function has its tabulated values", () => {
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 15);
  expect(normalCdf(-1.96)).toBeCloseTo(0.024997895148220435, 15);
  expect(normalCdf(5)).toBeCloseTo(0.9999997133484281, 15);
});

test("under a true hypothesis each test's p-values are uniform: a share p of them lies below p, within 4 standard errors", () => {
  const runs = 1000;
  const identity = (x: number): number => x;
  const pValues = {
    ks: (i: number) => kolmogorovSmirnovTest(uniform(foldIn(key(1), i), 500), identity),
    chiSquare: (i: number) => chiSquareTest(uniform(foldIn(key(2), i), 1000), identity, 20),
    correlation: (i: number) => correlationTest(normal(foldIn(key(3), i), 300), normal(foldIn(key(4), i), 300)),
  };
  for (const pValue of Object.values(pValues)) {
    const values = Array.from({ length: runs }, (_, i) => pValue(i));
    for (const p of [0.01, 0.1, 0.5]) {
      const share = values.filter((value) => value < p).length / runs;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / runs));
    }
  }
});
