import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupNorm, groupNormGradient } from "../../src/shaders/groupNorm.ts";
import { expectUnits, largest } from "../kernels/reference/errors.ts";
import * as reference from "../kernels/reference/groupNorm.ts";
import { drawn, type Numbers } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";

const run = async (shading: ReturnType<typeof groupNorm>, inputs: readonly Numbers[]): Promise<Numbers[]> => {
  const made = await runShading(
    shading,
    inputs.map(({ data }) => data),
  );
  return made.map((data, i) => ({ shape: shading.outputs[i]!.shape, data: data as Float32Array }));
};

/**
 * In units of rounding (2^-24) of the size of the terms. In the gradient a group of mean m and deviation s has 1 + |m|/s
 * times that: the mean that is kept is rounded.
 */
const check = async (
  shape: readonly number[],
  groups: number,
  silu: boolean,
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
): Promise<void> => {
  const channels = shape.at(-1)!;
  const [x, gamma, beta, dy] = [drawn(shape, 1, { mean, deviation }), drawn([channels], 2), drawn([channels], 3), drawn(shape, 4)]; // prettier-ignore
  const settings = { groups, silu, eps: 1e-4 * deviation ** 2 };
  const what = `${JSON.stringify({ shape, groups, silu, mean, deviation })}`;

  const made = await run(groupNorm(shape, settings), [x, gamma, beta]);
  const [y, means, inverses] = made as [Numbers, Numbers, Numbers];
  const want = reference.groupNorm(x, gamma, beta, settings);
  expect(made.map((it) => it.shape)).toEqual([shape, [shape[0], groups], [shape[0], groups]]);
  const condition = 1 + largest(want.mean.map((m, i) => m * want.inverse[i]!));
  const weight = largest(gamma.data);
  const spread = largest(x.data.map((v) => (v - mean) / deviation));
  expectUnits(y, want.y, spread * weight + largest(beta.data), 28, `y of ${what}`);
  expectUnits(means, want.mean, largest(x.data), 8, `mean of ${what}`);
  expectUnits(inverses, want.inverse, largest(want.inverse), 48, `inverse deviation of ${what}`);

  const slopes = await run(groupNormGradient(shape, settings), [dy, x, gamma, beta, means, inverses]);
  const [dx, dgamma, dbeta] = slopes as [Numbers, Numbers, Numbers];
  const wanted = reference.groupNormGradient(dy, x, gamma, beta, settings);
  expect(slopes.map((it) => it.shape)).toEqual([shape, [channels], [channels]]);
  const terms = (largest(dy.data) * x.data.length) / channels;
  expectUnits(dx, wanted.dx, condition * weight * largest(want.inverse) * largest(dy.data), 40, `dx of ${what}`);
  expectUnits(dgamma, wanted.dgamma, condition * terms, 8, `dgamma of ${what}`);
  expectUnits(dbeta, wanted.dbeta, (silu ? condition : 1) * terms, 8, `dbeta of ${what}`);
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
  ])("of all shapes, of mean %d and deviation %d", (mean, deviation) =>
    fc.assert(
      fc.asyncProperty(cases, ({ batch, places, groups, width, silu }) =>
        check([batch, ...places, groups * width], groups, silu, { mean, deviation }),
      ),
      { numRuns: 3 },
    ),
  );

  const far = { mean: 1e4, deviation: 1 };
  test.each<[string, readonly number[], number]>([
    ["several groups to a workgroup", [34, 5, 128], 32],
    ["several groups of one channel to a workgroup", [17, 3, 3, 16], 16],
    ["several groups of 3 channels to a workgroup", [45, 7, 36], 12],
    ["groups that fit no registers", [1, 900, 35], 1],
    ["groups of vectors that fit no registers", [1, 2050, 8], 1],
    ["large groups, in parts", [1, 20, 20, 256], 2],
    ["large groups of odd numbers of channels, in parts", [2, 1700, 21], 1],
    ["many channels of a group", [2, 3, 1100], 1],
    ["many rows", [2100, 6], 2],
  ])("of %s: [%j] in %d", async (_, shape, groups) => {
    await check(shape, groups, true, far);
  });

  test("constant groups give beta, and no gradient but to beta", async () => {
    const flat = { shape: [2, 9, 6], data: new Float32Array(108).fill(1e4 + 0.5) };
    const [gamma, beta, dy] = [drawn([6], 1), drawn([6], 2), drawn([2, 9, 6], 3)];
    const settings = { groups: 2, eps: 1e-6, silu: false };
    const [y, mean, inverse] = await run(groupNorm(flat.shape, settings), [flat, gamma, beta]);
    expect(y!.data.every((v, i) => Math.abs(v - beta.data[i % 6]!) < 1e-3)).toBe(true);
    expect([...mean!.data]).toEqual([10000.5, 10000.5, 10000.5, 10000.5]);
    const [, dgamma] = await run(groupNormGradient(flat.shape, settings), [dy, flat, gamma, beta, mean!, inverse!]);
    expect(largest(dgamma!.data)).toBeLessThan(1e-2);
  });

  test.each([NaN, Infinity, -Infinity])("%d reaches all of its group and row, and nothing else", async (bad) => {
    const x = drawn([2, 3, 3, 6], 1);
    x.data[(1 * 9 + 4) * 6 + 3] = bad; // row 1, group 1 of 2
    const settings = { groups: 2, eps: 1e-6, silu: true };
    const [y] = await run(groupNorm(x.shape, settings), [x, drawn([6], 2), drawn([6], 3)]);
    const reached = Array.from(y!.data, (v, i) => (Number.isFinite(v) ? -1 : i)).filter((i) => i >= 0);
    const group = Array.from({ length: 27 }, (_, i) => 54 + Math.floor(i / 3) * 6 + 3 + (i % 3));
    expect(reached).toEqual(group);
  });

  test("takes one dispatch where groups are small, and two for its gradient", () => {
    const settings = { groups: 32, eps: 1e-5, silu: true };
    expect(groupNorm([64, 32, 32, 128], settings).dispatches.length).toBe(1);
    expect(groupNormGradient([64, 32, 32, 128], settings).dispatches.length).toBe(2);
  });
});

test.each([
  ["whole groups on either side", [2, 3, 3, 24], [16, 8], 3],
  ["a group across the border", [1, 5, 24], [16, 8], 2],
  ["channels that do not come in fours", [2, 4, 10], [7, 3], 5],
  ["three tensors", [2, 4, 16], [4, 8, 4], 2],
  ["few large groups, each by many workgroups", [1, 4200, 16], [12, 4], 2],
] as const)(
  "channels that lie in several tensors are normalised as those of one: %s",
  async (_, shape, parts, groups) => {
    const x = drawn(shape, 1, { mean: 3, deviation: 2 });
    const channels = shape.at(-1)!;
    const [gamma, beta] = [drawn([channels], 2), drawn([channels], 3)];
    const settings = { groups, silu: true, eps: 1e-5 };
    let from = 0;
    const given = parts.map((width) => {
      const data = Float32Array.from({ length: (x.data.length / channels) * width }, (_, i) => x.data[Math.floor(i / width) * channels + from + (i % width)]!); // prettier-ignore
      from += width;
      return data;
    });
    const whole = await runShading(groupNorm(shape, settings), [x.data, gamma.data, beta.data]);
    const split = await runShading(groupNorm(shape, settings, parts), [...given, gamma.data, beta.data]);
    split.forEach((numbers, i) =>
      numbers.forEach((v, j) => expect(Math.abs(v - whole[i]![j]!)).toBeLessThan(1e-5 * (1 + Math.abs(v)))),
    );
  },
);
