import { key } from "@nonmarkov/random";
import { describe, expect, test } from "vitest";
import { checkerboard, eightGaussians, moons, pinwheel, rings, swissRoll } from "../src/index.ts";

const toys = { checkerboard, eightGaussians, moons, pinwheel, rings, swissRoll };
const n = 20_000;
const points = ({ x }: { readonly x: Float32Array }): [number, number][] =>
  Array.from({ length: x.length / 2 }, (_, i) => [x[2 * i]!, x[2 * i + 1]!]);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe.each(Object.entries(toys))("%s", (_, toy) => {
  const batch = toy(key(1), n);

  test("has about zero mean and unit variance on both axes", () => {
    for (const axis of [0, 1] as const) {
      const values = points(batch).map((point) => point[axis]);
      const m = mean(values);
      expect(Math.abs(m)).toBeLessThan(0.1);
      expect(Math.sqrt(mean(values.map((value) => (value - m) ** 2)))).toBeGreaterThan(0.8);
      expect(Math.sqrt(mean(values.map((value) => (value - m) ** 2)))).toBeLessThan(1.2);
    }
  });

  test("has classes that are equally frequent", () => {
    const counts = new Float64Array(toy.dataset.classes);
    for (const label of batch.labels) counts[label]!++;
    const expected = n / counts.length;
    // chi-square with k - 1 degrees of freedom: mean k - 1, variance 2 (k - 1)
    const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chi2).toBeLessThan(counts.length - 1 + 6 * Math.sqrt(2 * counts.length));
  });

  test("is a function of the key alone", () => {
    expect(toy(key(1), 50)).toEqual(toy(key(1), 50));
    expect(toy(key(2), 50).x).not.toEqual(toy(key(1), 50).x);
    const rows = toy.dataset.rows([9, 4], key(1));
    expect(rows.x.slice(2)).toEqual(toy.dataset.rows([4], key(1)).x);
  });
});

test("the points lie where the distributions are described to lie", () => {
  const radius = ([x, y]: [number, number]): number => Math.hypot(x, y);
  const angle = ([x, y]: [number, number]): number => Math.atan2(y, x);
  const within = (values: readonly number[], limit: number): boolean => Math.max(...values.map(Math.abs)) < limit;
  const r = rings(key(2), n);
  expect(
    within(
      points(r).map((p, i) => radius(p) - [0.6, 1.2, 1.9][r.labels[i]!]!),
      6 * 0.06,
    ),
  ).toBe(true);
  const g = eightGaussians(key(2), n);
  expect(
    within(
      points(g).map(([x, y], i) =>
        Math.hypot(x - 1.4 * Math.cos((g.labels[i]! * Math.PI) / 4), y - 1.4 * Math.sin((g.labels[i]! * Math.PI) / 4)),
      ),
      8 * 0.15,
    ),
  ).toBe(true);
  const dark = points(checkerboard(key(2), n)).map(([x, y]) => Math.floor(x / 0.85) + Math.floor(y / 0.85));
  expect(dark.every((sum) => sum % 2 === 0)).toBe(true);
  const p = pinwheel(key(2), n);
  const blades = points(p).map((point, i) => angle(point) - (p.labels[i]! * 2 * Math.PI) / 5 - 0.6 * radius(point));
  expect(mean(blades.map(Math.cos))).toBeGreaterThan(0.95);
  const spiral = points(swissRoll(key(2), n)).map(([x, y]) => [6.9 * (x + 0.3), 6.9 * y] as [number, number]);
  expect(mean(spiral.map((point) => Math.cos(radius(point) - angle(point))))).toBeGreaterThan(0.8);
  const m = moons(key(2), n);
  const circles = points(m).map(([x, y], i) =>
    Math.hypot(x / 1.15 + 0.5 - m.labels[i]!, y / 2 + 0.25 - 0.5 * m.labels[i]!),
  );
  expect(
    within(
      circles.map((value) => value - 1),
      0.6,
    ),
  ).toBe(true);
});
