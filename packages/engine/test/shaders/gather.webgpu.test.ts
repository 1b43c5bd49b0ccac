import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Attrs, Dtype, Value } from "../../src/graph/graph.ts";
import { gatherV2, oneHot, unsortedSegmentSum } from "../../src/shaders/gather.ts";
import { drawn, eachIndex, sizeOf, stridesOf } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";

const value = (shape: readonly number[], dtype: Dtype): Value => ({ shape, dtype });
const lengths = fc.constantFrom(1, 2, 3, 4, 5, 8, 12, 17);
const shapes = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(lengths, { minLength: least, maxLength: most }).filter((shape) => sizeOf(shape) < 2000);

/** Whole numbers below n, some (one in `rare`) beyond 0..n-1, the same for the same seed. */
const indicesOf = (count: number, n: number, seed: number, rare: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => {
    const word = Math.imul(i + 1 + 977 * seed, 0x9e3779b1) >>> 8;
    return word % rare === 0 ? [-1, n, -(2 ** 31), 2 ** 31 - 1][(word >>> 5) % 4]! : (word >>> 3) % n;
  });

describe("gatherV2", () => {
  test("takes the parts of any axis that indices choose, zeros for indices beyond", () =>
    fc.assert(
      fc.asyncProperty(
        shapes(0, 2),
        shapes(0, 2),
        lengths,
        shapes(0, 2),
        shapes(0, 2),
        fc.nat(100),
        fc.constantFrom<Dtype>("float32", "int32"),
        fc.boolean(),
        async (batch, outer, n, inner, rest, seed, dtype, negative) => {
          const x = [...batch, ...outer, n, ...inner];
          const indices = [...batch, ...rest];
          const result = [...batch, ...outer, ...rest, ...inner];
          if ([x, indices, result].some((shape) => sizeOf(shape) > 5000)) return;
          const data = Int32Array.from({ length: sizeOf(x) }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
          const chosen = indicesOf(sizeOf(indices), n, seed, 7);
          const axis = batch.length + outer.length;
          const made = gatherV2([value(x, dtype), value(indices, "int32")], {
            axis: negative ? axis - x.length : axis,
            batchDims: batch.length,
          })!;
          expect(made.outputs).toEqual([value(result, dtype)]);
          const [got] = await runShading(made, [data, chosen]);
          const words = new Int32Array(got!.buffer);
          const [fromX, fromIndices] = [stridesOf(x), stridesOf(indices)];
          const place = (index: readonly number[], strides: readonly number[]): number =>
            index.reduce((sum, i, k) => sum + i * strides[k]!, 0);
          eachIndex(result, (index, at) => {
            const [own, between, others, last] = [
              index.slice(0, batch.length),
              index.slice(batch.length, axis),
              index.slice(axis, axis + rest.length),
              index.slice(axis + rest.length),
            ];
            const row = chosen[place([...own, ...others], fromIndices)]!;
            const want = row < 0 || row >= n ? 0 : data[place([...own, ...between, row, ...last], fromX)];
            if (words[at] !== want)
              throw new Error(`[${x}] by [${indices}], ${axis}: number ${at} must be ${want}, got ${words[at]}`);
          });
        },
      ),
      { numRuns: 100 },
    ));

  test("axis and batchDims are 0 by default, and indices must be int32", () => {
    const x = value([3, 4], "float32");
    expect(gatherV2([x, value([2], "int32")], {})!.outputs[0]!.shape).toEqual([2, 4]);
    expect(gatherV2([x, value([2], "float32")], {})).toBeUndefined();
  });
});

describe("oneHot", () => {
  test.each<[number[], number, Attrs]>([
    [[7], 5, {}],
    [[3, 5], 8, { onValue: 2.5, offValue: -1, dtype: "float32" }],
    [[131], 4, { onValue: 3, offValue: -2, dtype: "int32" }],
    [[], 2, { dtype: "bool" }],
    [[2, 1, 300], 33, { dtype: "float32" }],
  ])("[%j] of depth %d, %j: one number at the index, the other elsewhere and for indices beyond", async (shape, depth, attrs) => {
    const indices = indicesOf(sizeOf(shape), depth, depth, 5);
    const made = oneHot([value(shape, "int32")], { depth, ...attrs })!;
    expect(made.outputs).toEqual([value([...shape, depth], (attrs.dtype as Dtype | undefined) ?? "int32")]);
    const [got] = await runShading(made, [indices]);
    const { onValue = 1, offValue = 0 } = attrs as { onValue?: number; offValue?: number };
    const want = Array.from(indices, (index) => Array.from({ length: depth }, (_, i) => (i === index ? onValue : offValue)));
    expect(Array.from(got!)).toEqual(want.flat());
  }); // prettier-ignore

  test("indices must be int32", () => {
    expect(oneHot([value([2], "float32")], { depth: 3 })).toBeUndefined();
  });
});

describe("unsortedSegmentSum", () => {
  const check = async (rows: number, inner: readonly number[], numSegments: number, seed: number): Promise<void> => {
    const x = drawn([rows, ...inner], seed);
    const ids = indicesOf(rows, numSegments, seed, 6);
    const made = unsortedSegmentSum([value(x.shape, "float32"), value([rows], "int32")], { numSegments })!;
    expect(made.outputs).toEqual([value([numSegments, ...inner], "float32")]);
    const run = sizeOf(inner);
    const want = new Float64Array(numSegments * run);
    const magnitude = new Float64Array(numSegments * run);
    ids.forEach((id, row) => {
      if (id < 0 || id >= numSegments) return;
      for (let i = 0; i < run; i++) {
        want[id * run + i]! += x.data[row * run + i]!;
        magnitude[id * run + i]! += Math.abs(x.data[row * run + i]!);
      }
    });
    const [got] = await runShading(made, [x.data, ids]);
    want.forEach((sum, i) => {
      if (!(Math.abs(got![i]! - sum) <= rows * 2 ** -24 * magnitude[i]!))
        throw new Error(`[${x.shape}] to ${numSegments}: number ${i} must be ${sum}, got ${got![i]}`);
    });
  };

  test("adds up the rows of each id, and leaves others out", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 2, 4, 7, 8, 15, 16, 33, 64),
        shapes(0, 2),
        fc.constantFrom(1, 2, 3, 10, 131),
        fc.nat(100),
        async (rows, inner, segments, seed) => {
          if (rows * sizeOf(inner) < 5000 && segments * sizeOf(inner) < 5000) await check(rows, inner, segments, seed);
        },
      ),
      { numRuns: 25 },
    ));

  test.each([
    [1000, [3], 2],
    [401, [4], 5],
    [140, [36], 60],
    [50, [8], 600],
  ])("of %d rows of %j, to %d segments", (rows, inner, segments) => check(rows, inner, segments, 1));

  test("rows of NaN spoil only their own sums", async () => {
    const made = unsortedSegmentSum([value([4, 1], "float32"), value([4], "int32")], { numSegments: 3 })!;
    const [got] = await runShading(made, [Float32Array.of(1, NaN, 2, 4), Int32Array.of(0, 1, 0, 2)]);
    expect(Array.from(got!)).toEqual([3, NaN, 4]);
  });

  test("only float32 rows with one int32 id each, to any number of segments", () => {
    const [x, ids] = [value([4, 3], "float32"), value([4], "int32")];
    expect(unsortedSegmentSum([value([4, 3], "int32"), ids], { numSegments: 3 })).toBeUndefined();
    expect(unsortedSegmentSum([x, value([4], "float32")], { numSegments: 3 })).toBeUndefined();
    expect(unsortedSegmentSum([x, value([4, 3], "int32")], { numSegments: 3 })).toBeUndefined();
    expect(unsortedSegmentSum([x, ids], { numSegments: 0 })!.dispatches).toEqual([]);
  });
});
