import fc from "fast-check";
import { beforeAll, describe, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { checkConstantGroups, checkGroupNorm, checkReach, groupNormCases, moments } from "./reference/groupNormLaws.ts";
import { run } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

describe("group normalisation is (x - mean) / deviation · gamma + beta, with SiLU or not, and its gradient is that", () => {
  test.each(moments)("of all shapes, of mean $mean and deviation $deviation", async (about) => {
    await fc.assert(
      fc.asyncProperty(groupNormCases, (each) => checkGroupNorm(run, each, about)),
      { numRuns: 60 },
    );
    for (const silu of [false, true]) {
      await checkGroupNorm(run, { shape: [2, 16, 16, 32], groups: 8, silu }, about);
      await checkGroupNorm(run, { shape: [3, 200, 5], groups: 1, silu }, about);
      await checkGroupNorm(run, { shape: [1, 1000, 4], groups: 4, silu }, about);
    }
  });

  test("constant groups give beta, and no gradient but to beta", () => checkConstantGroups(run));

  test.each([NaN, Infinity, -Infinity])("%d reaches all of its group and row, and nothing else", (bad) =>
    checkReach(run, bad),
  );
});
