import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { attention, attentionGradient } from "./reference/attention.ts";
import { expectUnits, largest } from "./reference/errors.ts";
import { drawn, type Numbers } from "./reference/numbers.ts";
import { run } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** Sizes of attention: q [batch, n, d], k [batch, m, d], v [batch, m, e]. */
type Sizes = readonly [batch: number, n: number, m: number, d: number, e: number];

/**
 * Measured, in units of rounding (2^-24) of the terms' sizes: out 1, logs 8, dq and dk 0.3, dv 6. Weights have 1 + |score|
 * times that: the scores themselves are rounded.
 */
const check = ([batch, n, m, d, e]: Sizes, deviation: number): void => {
  const scale = 1 / Math.sqrt(d);
  const [q, k, v] = [drawn([batch, n, d], 1, { deviation }), drawn([batch, m, d], 2), drawn([batch, m, e], 3)];
  const dout = drawn([batch, n, e], 4);
  const what = `of ${[batch, n, m, d, e].join()} and deviation ${deviation}`;

  const [out, logs] = run("Attention", { q, k, v }, { scale }) as [Numbers, Numbers];
  const want = attention({ q, k, v, scale });
  expect([out.shape, logs.shape]).toEqual([[batch, n, e], [batch, n]]); // prettier-ignore
  const score = 1 + largest(want.logs);
  expectUnits(out, want.out, score * largest(v.data), 4, `out ${what}`);
  expectUnits(logs, want.logs, score, 32, `logs ${what}`);

  const made = run("AttentionGrad", { dout, q, k, v, out, logs }, { scale });
  expect(made.map((x) => x.shape)).toEqual([q.shape, k.shape, v.shape]);
  const { dq, dk, dv } = attentionGradient(dout, { q, k, v, scale });
  const [a, b] = [score * largest(dout.data), scale * e * largest(v.data)];
  expectUnits(made[0]!, dq, a * b * largest(k.data), 2, `dq ${what}`);
  expectUnits(made[1]!, dk, a * b * largest(q.data), 2, `dk ${what}`);
  expectUnits(made[2]!, dv, a, 24, `dv ${what}`);
};

const length = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33);
const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), length, length, length, length);

describe("attention is softmax(scale q k^T) v, and its gradient is that", () => {
  test.each([0.01, 1, 30, 1000])("of all sizes, for queries of size %d", (deviation) => {
    fc.assert(
      fc.property(sizes, (each) => check(each, deviation)),
      { numRuns: 80 },
    );
    check([2, 130, 300, 20, 12], deviation);
    check([5, 64, 64, 32, 32], deviation);
    check([1, 3, 1100, 8, 40], deviation);
  });

  test("NaN in a query reaches its result alone, in a key all results of its row of the batch", () => {
    const bad = (at: "q" | "k" | "v", index: number): readonly number[] => {
      const inputs = { q: drawn([2, 5, 3], 1), k: drawn([2, 6, 3], 2), v: drawn([2, 6, 4], 3) };
      inputs[at].data[index] = NaN;
      const [out] = run("Attention", inputs, { scale: 1 });
      return Array.from(out!.data, (v, i) => (Number.isNaN(v) ? i : -1)).filter((i) => i >= 0);
    };
    const places = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
    expect(bad("q", (5 + 2) * 3 + 1)).toEqual(places((5 + 2) * 4, 4));
    expect(bad("k", (6 + 5) * 3)).toEqual(places(20, 20));
    expect(bad("v", 2 * 4 + 1)).toEqual([0, 1, 2, 3, 4].map((i) => 4 * i + 1));
  });
});
