import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { expectUnits } from "./reference/errors.ts";
import { drawn, type Numbers, sizeOf } from "./reference/numbers.ts";
import { runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

const softmax = (x: readonly number[]): number[] => {
  const top = x.reduce((a, v) => Math.max(a, v), -Infinity);
  const total = x.reduce((sum, v) => sum + Math.exp(v - top), 0);
  return x.map((v) => Math.exp(v - top) / total);
};

const rowsOf = ({ shape, data }: Numbers): number[][] => {
  const n = shape.at(-1) ?? 1;
  return Array.from({ length: data.length / n }, (_, row) => [...data.slice(row * n, (row + 1) * n)]);
};

const of = (...data: number[]): number[] => [...runOne("Softmax", { logits: { shape: [data.length], data: Float32Array.from(data) } }, { dim: 0 }).data]; // prettier-ignore

describe("softmax is e^x over the sum of them", () => {
  test("of all shapes, and its rows sum to 1 (measured: 6 units of rounding, and 3 of the sums)", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 257, 1000),
        fc.constantFrom(0.1, 1, 10),
        (outer, n, deviation) => {
          const x = drawn([...outer, n], sizeOf(outer) + n, { deviation });
          const y = runOne("Softmax", { logits: x }, { dim: outer.length });
          expect(y.shape).toEqual(x.shape);
          const rows = rowsOf(y);
          rowsOf(x).forEach((row, i) => {
            const want = softmax(row);
            want.forEach((w, j) =>
              expectUnits({ shape: [1], data: Float32Array.of(rows[i]![j]!) }, [w], w, 24 + 10 * deviation, "softmax"),
            );
            expectUnits({ shape: [1], data: Float32Array.of(rows[i]!.reduce((a, b) => a + b, 0)) }, [1], 1, 16, "sum");
          });
        },
      ),
      { numRuns: 60 },
    ));

  test("of numbers as large as float32 has, and of differences that underflow", () => {
    expect(of(3e38, 3e38, -3e38)).toEqual([0.5, 0.5, 0]);
    expect(of(-3e38, -3e38)).toEqual([0.5, 0.5]);
    expect(of(1000, 0, 1000, -1000)).toEqual([0.5, 0, 0.5, 0]);
    const [one, tiny, gone] = of(0, -100, -104) as [number, number, number];
    expect([one, gone]).toEqual([1, 0]);
    expect(Math.abs(tiny - Math.exp(-100))).toBeLessThan(2e-45);
  });

  test("-Infinity counts as nothing, in vectors and in their rest", () => {
    expect(of(-Infinity, 0, 0, -Infinity, -Infinity, -Infinity, -Infinity)).toEqual([0, 0.5, 0.5, 0, 0, 0, 0]);
    expect(of(-Infinity, -Infinity, -Infinity, -Infinity, -Infinity, 5)).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test("NaN and +Infinity make their row NaN, and no other", () => {
    for (const bad of [NaN, Infinity])
      for (let at = 0; at < 7; at++) {
        const x = drawn([3, 7], 1);
        x.data[7 + at] = bad;
        const rows = rowsOf(runOne("Softmax", { logits: x }, { dim: 1 }));
        expect(rows[1]!.some(Number.isNaN)).toBe(true);
        if (Number.isNaN(bad)) expect(rows[1]!.every(Number.isNaN)).toBe(true);
        expect([rows[0]!, rows[2]!].flat().every(Number.isFinite)).toBe(true);
      }
    expect(of(-Infinity, -Infinity, -Infinity, -Infinity, -Infinity).every(Number.isNaN)).toBe(true);
  });
});
