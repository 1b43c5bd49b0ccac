import fc from "fast-check";
import { expect } from "vitest";
import { attention, attentionGradient } from "./attention.ts";
import { expectUnits, largest } from "./errors.ts";
import { drawn, type Numbers } from "./numbers.ts";
import type { Runner } from "./runner.ts";

/** Sizes of attention: q [batch, n, d], k [batch, m, d], v [batch, m, e]. */
export type AttentionSizes = readonly [batch: number, n: number, m: number, d: number, e: number];

const length = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33);

/** Small sizes of all kinds. */
export const attentionSizes: fc.Arbitrary<AttentionSizes> = fc.tuple(
  ...[fc.integer({ min: 1, max: 3 }), length, length, length, length],
) as fc.Arbitrary<AttentionSizes>;

/**
 * Expects results, logarithms and the gradient to be right. Bounds are in units of rounding (2^-24) of the terms' sizes;
 * measured: out 1, logs 8, dq and dk 0.3, dv 6. Weights have 1 + |score| times that: the scores themselves are rounded.
 * @param deviation of the queries
 */
export const checkAttention = async (
  run: Runner,
  [batch, n, m, d, e]: AttentionSizes,
  deviation: number,
): Promise<void> => {
  const scale = 1 / Math.sqrt(d);
  const [q, k, v] = [drawn([batch, n, d], 1, { deviation }), drawn([batch, m, d], 2), drawn([batch, m, e], 3)];
  const dout = drawn([batch, n, e], 4);
  const what = `of ${[batch, n, m, d, e].join()} and deviation ${deviation}`;

  const [out, logs] = (await run("Attention", { q, k, v }, { scale })) as [Numbers, Numbers];
  const want = attention({ q, k, v, scale });
  expect([out.shape, logs.shape]).toEqual([[batch, n, e], [batch, n]]); // prettier-ignore
  const score = 1 + largest(want.logs);
  expectUnits(out, want.out, score * largest(v.data), 4, `out ${what}`);
  expectUnits(logs, want.logs, score, 32, `logs ${what}`);

  const made = await run("AttentionGrad", { dout, q, k, v, out, logs }, { scale });
  expect(made.map((x) => x.shape)).toEqual([q.shape, k.shape, v.shape]);
  const { dq, dk, dv } = attentionGradient(dout, { q, k, v, scale });
  const [a, b] = [score * largest(dout.data), scale * e * largest(v.data)];
  expectUnits(made[0]!, dq, a * b * largest(k.data), 2, `dq ${what}`);
  expectUnits(made[1]!, dk, a * b * largest(q.data), 2, `dk ${what}`);
  expectUnits(made[2]!, dv, a, 24, `dv ${what}`);
};

/** Expects NaN in a query to reach its result alone, in a key all results of its row of the batch, in a value its column. */
export const checkAttentionReach = async (run: Runner): Promise<void> => {
  const bad = async (at: "q" | "k" | "v", index: number): Promise<readonly number[]> => {
    const inputs = { q: drawn([2, 5, 3], 1), k: drawn([2, 8, 3], 2), v: drawn([2, 8, 4], 3) };
    inputs[at].data[index] = NaN;
    const [out] = await run("Attention", inputs, { scale: 1 });
    return Array.from(out!.data, (v, i) => (Number.isNaN(v) ? i : -1)).filter((i) => i >= 0);
  };
  const places = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
  expect(await bad("q", (5 + 2) * 3 + 1)).toEqual(places((5 + 2) * 4, 4));
  expect(await bad("k", (8 + 5) * 3)).toEqual(places(20, 20));
  expect(await bad("v", 2 * 4 + 1)).toEqual([0, 1, 2, 3, 4].map((i) => 4 * i + 1));
  expect(await bad("v", (8 + 0) * 4 + 1)).toEqual([5, 6, 7, 8, 9].map((i) => 4 * i + 1));
};
