import fc from "fast-check";
import { beforeAll, describe, test } from "vitest";
import { attentionSizes, checkAttention, checkAttentionReach } from "./reference/attentionLaws.ts";
import { startGuarded } from "./reference/guarded.ts";
import { run } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

describe("attention is softmax(scale q k^T) v, and its gradient is that", () => {
  test.each([0.01, 1, 30, 1000])("of all sizes, for queries of size %d", async (deviation) => {
    await fc.assert(
      fc.asyncProperty(attentionSizes, (each) => checkAttention(run, each, deviation)),
      { numRuns: 80 },
    );
    await checkAttention(run, [2, 130, 300, 20, 12], deviation);
    await checkAttention(run, [5, 64, 64, 32, 32], deviation);
    await checkAttention(run, [1, 3, 1100, 8, 40], deviation);
  });

  test("NaN in a query reaches its result alone, in a key all results of its row of the batch, in a value its column", () =>
    checkAttentionReach(run));
});
