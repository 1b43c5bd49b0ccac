import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { expectUnits, largest } from "./reference/errors.ts";
import { groupNorm, groupNormGradient } from "./reference/groupNorm.ts";
import { drawn, type Numbers } from "./reference/numbers.ts";
import { run } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/**
 * Measured, in units of rounding (2^-24) of the size of the terms: y 7, mean 2, inverse deviation 12, dx 10, dgamma 2,
 * dbeta 2. In the gradient a group of mean m and deviation s has 1 + |m|/s times that: the mean that is kept is rounded.
 */
const check = (
  shape: readonly number[],
  groups: number,
  silu: boolean,
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
): void => {
  const channels = shape.at(-1)!;
  const [x, gamma, beta, dy] = [drawn(shape, 1, { mean, deviation }), drawn([channels], 2), drawn([channels], 3), drawn(shape, 4)]; // prettier-ignore
  const settings = { groups, silu, eps: 1e-4 * deviation ** 2 };
  const what = `${JSON.stringify({ shape, groups, silu, mean, deviation })}`;

  const [y, means, inverses] = run("GroupNorm", { x, gamma, beta }, settings) as [Numbers, Numbers, Numbers];
  const want = groupNorm(x, gamma, beta, settings);
  expect([y, means, inverses].map((made) => made.shape)).toEqual([shape, [shape[0], groups], [shape[0], groups]]);
  const condition = 1 + largest(want.mean.map((m, i) => m * want.inverse[i]!));
  const weight = largest(gamma.data);
  const spread = largest(x.data.map((v) => (v - mean) / deviation));
  expectUnits(y, want.y, spread * weight + largest(beta.data), 28, `y of ${what}`);
  expectUnits(means, want.mean, largest(x.data), 8, `mean of ${what}`);
  expectUnits(inverses, want.inverse, largest(want.inverse), 48, `inverse deviation of ${what}`);

  const [dx, dgamma, dbeta] = run("GroupNormGrad", { dy, x, gamma, beta, mean: means, inverse: inverses }, settings) as [Numbers, Numbers, Numbers]; // prettier-ignore
  const slopes = groupNormGradient(dy, x, gamma, beta, settings);
  expect([dx, dgamma, dbeta].map((made) => made.shape)).toEqual([shape, [channels], [channels]]);
  const terms = (largest(dy.data) * x.data.length) / channels;
  expectUnits(dx, slopes.dx, condition * weight * largest(want.inverse) * largest(dy.data), 40, `dx of ${what}`);
  expectUnits(dgamma, slopes.dgamma, condition * terms, 8, `dgamma of ${what}`);
  expectUnits(dbeta, slopes.dbeta, (silu ? condition : 1) * terms, 8, `dbeta of ${what}`);
};

const cases = fc.record({
  batch: fc.integer({ min: 1, max: 9 }),
  places: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
  groups: fc.constantFrom(1, 2, 3, 4, 8),
  width: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 17),
  silu: fc.boolean(),
});

describe("group normalisation is (x - mean) / deviation · gamma + beta, with SiLU or not, and its gradient is that", () => {
  test.each([
    [0, 1],
    [100, 1],
    [1e4, 1],
    [-3, 1e-3],
    [1e5, 10],
  ])("of all shapes, of mean %d and deviation %d", (mean, deviation) => {
    fc.assert(
      fc.property(cases, ({ batch, places, groups, width, silu }) =>
        check([batch, ...places, groups * width], groups, silu, { mean, deviation }),
      ),
      { numRuns: 60 },
    );
    for (const silu of [false, true]) {
      check([2, 16, 16, 32], 8, silu, { mean, deviation });
      check([3, 200, 5], 1, silu, { mean, deviation });
      check([1, 1000, 4], 4, silu, { mean, deviation });
    }
  });

  test("constant groups give beta, and no gradient but to beta", () => {
    const flat = { shape: [2, 9, 6], data: new Float32Array(108).fill(1e4 + 0.5) };
    const [gamma, beta, dy] = [drawn([6], 1), drawn([6], 2), drawn([2, 9, 6], 3)];
    const settings = { groups: 2, eps: 1e-6, silu: false };
    const [y, mean, inverse] = run("GroupNorm", { x: flat, gamma, beta }, settings);
    expect(y!.data.every((v, i) => Math.abs(v - beta.data[i % 6]!) < 1e-3)).toBe(true);
    expect([...mean!.data]).toEqual([10000.5, 10000.5, 10000.5, 10000.5]);
    const [, dgamma] = run("GroupNormGrad", { dy, x: flat, gamma, beta, mean: mean!, inverse: inverse! }, settings);
    expect(largest(dgamma!.data)).toBeLessThan(1e-2);
  });

  test.each([NaN, Infinity, -Infinity])("%d reaches all of its group and row, and nothing else", (bad) => {
    const x = drawn([2, 3, 3, 6], 1);
    x.data[(1 * 9 + 4) * 6 + 3] = bad; // row 1, group 1 of 2
    const [y] = run(
      "GroupNorm",
      { x, gamma: drawn([6], 2), beta: drawn([6], 3) },
      { groups: 2, eps: 1e-6, silu: true },
    );
    const reached = Array.from(y!.data, (v, i) => (Number.isFinite(v) ? -1 : i)).filter((i) => i >= 0);
    const group = Array.from({ length: 27 }, (_, i) => 54 + Math.floor(i / 3) * 6 + 3 + (i % 3));
    expect(reached).toEqual(group);
  });
});
