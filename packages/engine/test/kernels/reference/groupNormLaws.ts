import fc from "fast-check";
import { expect } from "vitest";
import { expectUnits, largest } from "./errors.ts";
import { groupNorm, groupNormGradient } from "./groupNorm.ts";
import { drawn, type Numbers } from "./numbers.ts";
import type { Runner } from "./runner.ts";

/** Mean and deviation of the numbers that are normalised. */
export type Moments = { readonly mean: number; readonly deviation: number };

/** A case: the shape, groups, and whether SiLU follows. */
export type GroupNormCase = { readonly shape: readonly number[]; readonly groups: number; readonly silu: boolean };

/** Cases of all ranks, groups and widths. */
export const groupNormCases: fc.Arbitrary<GroupNormCase> = fc
  .record({
    batch: fc.integer({ min: 1, max: 9 }),
    places: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
    groups: fc.constantFrom(1, 2, 3, 4, 8),
    width: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 17),
    silu: fc.boolean(),
  })
  .map(({ batch, places, groups, width, silu }) => ({ shape: [batch, ...places, groups * width], groups, silu }));

/** Moments that are kind to sums, and some that are not. */
export const moments: readonly Moments[] = [
  { mean: 0, deviation: 1 },
  { mean: 100, deviation: 1 },
  { mean: 1e4, deviation: 1 },
  { mean: -3, deviation: 1e-3 },
  { mean: 1e5, deviation: 10 },
];

/**
 * Expects y, mean, inverse deviation and the gradient to be right. Bounds are in units of rounding (2^-24) of the size of
 * the terms; measured: y 7, mean 2, inverse deviation 12, dx 10, dgamma 2, dbeta 2. In the gradient a group of mean m and
 * deviation s has 1 + |m|/s times that: the mean that is kept is rounded.
 */
export const checkGroupNorm = async (
  run: Runner,
  { shape, groups, silu }: GroupNormCase,
  { mean, deviation }: Moments,
): Promise<void> => {
  const channels = shape.at(-1)!;
  const [x, gamma, beta, dy] = [drawn(shape, 1, { mean, deviation }), drawn([channels], 2), drawn([channels], 3), drawn(shape, 4)]; // prettier-ignore
  const settings = { groups, silu, eps: 1e-4 * deviation ** 2 };
  const what = `${JSON.stringify({ shape, groups, silu, mean, deviation })}`;

  const made = await run("GroupNorm", { x, gamma, beta }, settings);
  const [y, means, inverses] = made as [Numbers, Numbers, Numbers];
  const want = groupNorm(x, gamma, beta, settings);
  expect(made.map((it) => it.shape)).toEqual([shape, [shape[0], groups], [shape[0], groups]]);
  const condition = 1 + largest(want.mean.map((m, i) => m * want.inverse[i]!));
  const weight = largest(gamma.data);
  const spread = largest(x.data.map((v) => (v - mean) / deviation));
  expectUnits(y, want.y, spread * weight + largest(beta.data), 28, `y of ${what}`);
  expectUnits(means, want.mean, largest(x.data), 8, `mean of ${what}`);
  expectUnits(inverses, want.inverse, largest(want.inverse), 48, `inverse deviation of ${what}`);

  const slopes = await run("GroupNormGrad", { dy, x, gamma, beta, mean: means, inverse: inverses }, settings);
  const [dx, dgamma, dbeta] = slopes as [Numbers, Numbers, Numbers];
  const wanted = groupNormGradient(dy, x, gamma, beta, settings);
  expect(slopes.map((it) => it.shape)).toEqual([shape, [channels], [channels]]);
  const terms = (largest(dy.data) * x.data.length) / channels;
  expectUnits(dx, wanted.dx, condition * weight * largest(want.inverse) * largest(dy.data), 40, `dx of ${what}`);
  expectUnits(dgamma, wanted.dgamma, condition * terms, 8, `dgamma of ${what}`);
  expectUnits(dbeta, wanted.dbeta, (silu ? condition : 1) * terms, 8, `dbeta of ${what}`);
};

/** Expects constant groups to give beta, and no gradient but to beta. */
export const checkConstantGroups = async (run: Runner): Promise<void> => {
  const x: Numbers = { shape: [2, 9, 6], data: new Float32Array(108).fill(1e4 + 0.5) };
  const [gamma, beta, dy] = [drawn([6], 1), drawn([6], 2), drawn([2, 9, 6], 3)];
  const settings = { groups: 2, eps: 1e-6, silu: false };
  const [y, mean, inverse] = (await run("GroupNorm", { x, gamma, beta }, settings)) as [Numbers, Numbers, Numbers];
  expect(y.data.every((v, i) => Math.abs(v - beta.data[i % 6]!) < 1e-3)).toBe(true);
  expect([...mean.data]).toEqual([10000.5, 10000.5, 10000.5, 10000.5]);
  const [, dgamma] = await run("GroupNormGrad", { dy, x, gamma, beta, mean, inverse }, settings);
  expect(largest(dgamma!.data)).toBeLessThan(1e-2);
};

/** Expects a number that is not finite to reach all of its group and row, and nothing else. */
export const checkReach = async (run: Runner, bad: number): Promise<void> => {
  const x = drawn([2, 3, 3, 6], 1);
  x.data[(1 * 9 + 4) * 6 + 3] = bad; // row 1, group 1 of 2
  const inputs = { x, gamma: drawn([6], 2), beta: drawn([6], 3) };
  const [y] = await run("GroupNorm", inputs, { groups: 2, eps: 1e-6, silu: true });
  const reached = Array.from(y!.data, (v, i) => (Number.isFinite(v) ? -1 : i)).filter((i) => i >= 0);
  const group = Array.from({ length: 27 }, (_, i) => 54 + Math.floor(i / 3) * 6 + 3 + (i % 3));
  expect(reached).toEqual(group);
};
