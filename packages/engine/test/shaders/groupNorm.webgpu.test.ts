import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupNorm, groupNormGradient } from "../../src/shaders/groupNorm.ts";
import type { GroupNormSettings } from "../kernels/reference/groupNorm.ts";
import {
  checkConstantGroups,
  checkGroupNorm,
  checkReach,
  groupNormCases,
  moments,
} from "../kernels/reference/groupNormLaws.ts";
import { drawn } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";
import { shadingRunner } from "./reference/shadingRunner.ts";

const run = shadingRunner((op, { x }, settings) =>
  (op === "GroupNorm" ? groupNorm : groupNormGradient)(x!.shape, settings as GroupNormSettings),
);

describe("group normalisation is (x - mean) / deviation · gamma + beta, with SiLU or not, and its gradient is that", () => {
  test.each(moments)("of all shapes, of mean $mean and deviation $deviation", (about) =>
    fc.assert(
      fc.asyncProperty(groupNormCases, (each) => checkGroupNorm(run, each, about)),
      { numRuns: 3 },
    ),
  );

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
  ])("of %s: [%j] in %d", (_, shape, groups) =>
    checkGroupNorm(run, { shape, groups, silu: true }, { mean: 1e4, deviation: 1 }),
  );

  test("constant groups give beta, and no gradient but to beta", () => checkConstantGroups(run));

  test.each([NaN, Infinity, -Infinity])("%d reaches all of its group and row, and nothing else", (bad) =>
    checkReach(run, bad),
  );

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
