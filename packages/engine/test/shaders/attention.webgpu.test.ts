import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attention, attentionGradient } from "../../src/shaders/attention.ts";
import { tilingOf, type Work } from "../../src/shaders/attentionTiling.ts";
import {
  type AttentionSizes,
  attentionSizes,
  checkAttention,
  checkAttentionReach,
} from "../kernels/reference/attentionLaws.ts";
import { shadingRunner } from "./reference/shadingRunner.ts";

const runIn = (tile: typeof tilingOf) =>
  shadingRunner((op, { q, k, v }, attrs) =>
    (op === "Attention" ? attention : attentionGradient)(
      ...([q!.shape, k!.shape, v!.shape] as const),
      (attrs as { readonly scale: number }).scale,
      tile,
    ),
  );
const run = runIn(tilingOf);

describe("attention is softmax(scale q k^T) v, and its gradient is that", () => {
  test.each([1, 1000])("of all sizes, for queries of size %d", (deviation) =>
    fc.assert(
      fc.asyncProperty(attentionSizes, (each) => checkAttention(run, each, deviation)),
      { numRuns: 2 },
    ),
  );

  test.each<[string, AttentionSizes]>([
    ["more keys than a tile", [1, 20, 300, 20, 12]],
    ["more queries than a tile, of odd numbers", [2, 37, 19, 7, 5]],
    ["long rows", [1, 5, 9, 600, 520]],
  ])("of %s: %j", (_, each) => checkAttention(run, each, 1));

  test("as it is shared where there are many small images, with columns in parts", async () => {
    const many = { batch: 256, rows: 16, others: 16 };
    const as = ({ dots, columns }: Work): Work => ({
      ...many,
      ...{ dots: dots.map(() => 256), columns: columns.map(() => 256) },
    });
    expect(tilingOf(as({ ...many, dots: [1], columns: [1] })).parts).toBeGreaterThan(1);
    await checkAttention(
      runIn((work) => tilingOf(as(work))),
      [2, 16, 16, 32, 136],
      1,
    );
  });

  test("NaN in a query reaches its result alone, in a key all results of its row of the batch, in a value its column", () =>
    checkAttentionReach(run));
});
