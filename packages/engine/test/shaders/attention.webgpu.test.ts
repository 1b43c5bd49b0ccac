import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attention, attentionGradient } from "../../src/shaders/attention.ts";
import { tilingOf, type Work } from "../../src/shaders/attentionTiling.ts";
import type { Shading } from "../../src/shaders/shading.ts";
import * as reference from "../kernels/reference/attention.ts";
import { expectUnits, largest } from "../kernels/reference/errors.ts";
import { drawn, type Numbers } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";

const run = async (shading: Shading, inputs: readonly Numbers[]): Promise<Numbers[]> => {
  const made = await runShading(
    shading,
    inputs.map(({ data }) => data),
  );
  return made.map((data, i) => ({ shape: shading.outputs[i]!.shape, data: data as Float32Array }));
};

/** Sizes of attention: q [batch, n, d], k [batch, m, d], v [batch, m, e]. */
type Sizes = readonly [batch: number, n: number, m: number, d: number, e: number];

/** Errors in units of rounding (2^-24) of the terms' sizes. Weights have 1 + |score| times that: scores are rounded. */
const check = async ([batch, n, m, d, e]: Sizes, deviation: number, tile = tilingOf): Promise<void> => {
  const scale = 1 / Math.sqrt(d);
  const [q, k, v] = [drawn([batch, n, d], 1, { deviation }), drawn([batch, m, d], 2), drawn([batch, m, e], 3)];
  const dout = drawn([batch, n, e], 4);
  const what = `of ${[batch, n, m, d, e].join()} and deviation ${deviation}`;

  const [out, logs] = (await run(attention(q.shape, k.shape, v.shape, scale, tile), [q, k, v])) as [Numbers, Numbers];
  const want = reference.attention({ q, k, v, scale });
  expect([out.shape, logs.shape]).toEqual([[batch, n, e], [batch, n]]); // prettier-ignore
  const score = 1 + largest(want.logs);
  expectUnits(out, want.out, score * largest(v.data), 4, `out ${what}`);
  expectUnits(logs, want.logs, score, 32, `logs ${what}`);

  const made = await run(attentionGradient(q.shape, k.shape, v.shape, scale, tile), [dout, q, k, v, out, logs]);
  expect(made.map((x) => x.shape)).toEqual([q.shape, k.shape, v.shape]);
  const { dq, dk, dv } = reference.attentionGradient(dout, { q, k, v, scale });
  const [a, b] = [score * largest(dout.data), scale * e * largest(v.data)];
  expectUnits(made[0]!, dq, a * b * largest(k.data), 2, `dq ${what}`);
  expectUnits(made[1]!, dk, a * b * largest(q.data), 2, `dk ${what}`);
  expectUnits(made[2]!, dv, a, 24, `dv ${what}`);
};

const length = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33);
const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), length, length, length, length);

describe("attention is softmax(scale q k^T) v, and its gradient is that", () => {
  test.each([1, 1000])("of all sizes, for queries of size %d", async (deviation) => {
    await fc.assert(
      fc.asyncProperty(sizes, (each) => check(each, deviation)),
      { numRuns: 2 },
    );
  });

  test.each<[string, Sizes]>([
    ["more keys than a tile", [1, 20, 300, 20, 12]],
    ["more queries than a tile, of odd numbers", [2, 37, 19, 7, 5]],
    ["long rows", [1, 5, 9, 600, 520]],
  ])("of %s: %j", async (_, each) => {
    await check(each, 1);
  });

  test("as it is shared where there are many small images, with columns in parts", async () => {
    const many = { batch: 256, rows: 16, others: 16 };
    const as = ({ dots, columns }: Work): Work => ({
      ...many,
      ...{ dots: dots.map(() => 256), columns: columns.map(() => 256) },
    });
    expect(tilingOf(as({ ...many, dots: [1], columns: [1] })).parts).toBeGreaterThan(1);
    await check([2, 16, 16, 32, 136], 1, (work) => tilingOf(as(work)));
  });

  test("NaN in a query reaches its result alone, in a key all results of its row of the batch", async () => {
    const bad = async (at: "q" | "k" | "v", index: number): Promise<readonly number[]> => {
      const inputs = { q: drawn([2, 5, 3], 1), k: drawn([2, 8, 3], 2), v: drawn([2, 8, 4], 3) };
      inputs[at].data[index] = NaN;
      const [out] = await run(attention([2, 5, 3], [2, 8, 3], [2, 8, 4], 1), Object.values(inputs));
      return Array.from(out!.data, (v, i) => (Number.isNaN(v) ? i : -1)).filter((i) => i >= 0);
    };
    const places = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
    expect(await bad("q", (5 + 2) * 3 + 1)).toEqual(places((5 + 2) * 4, 4));
    expect(await bad("k", (8 + 5) * 3)).toEqual(places(20, 20));
    expect(await bad("v", (8 + 0) * 4 + 1)).toEqual([5, 6, 7, 8, 9].map((i) => 4 * i + 1));
  });
});
