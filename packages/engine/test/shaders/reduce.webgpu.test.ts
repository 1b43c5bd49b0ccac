import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Reduction } from "../../src/commands/reduce.ts";
import { argMax, reduce, softmax } from "../../src/shaders/reduce.ts";
import { expectUnits, expectWithin } from "../kernels/reference/errors.ts";
import { drawn, eachIndex, type Numbers, sizeOf, unit } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";

const kinds = ["sum", "mean", "max", "min", "sumOfSquares"] as const;

const exact = (kind: Reduction, x: Numbers, axes: readonly number[]) => {
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  const data = new Float64Array(sizeOf(kept)).fill(kind === "max" ? -Infinity : kind === "min" ? Infinity : 0);
  const magnitude = new Float64Array(data.length);
  eachIndex(x.shape, (index, at) => {
    const to = index.reduce((sum, i, axis) => sum * kept[axis]! + (kept[axis] === 1 ? 0 : i), 0);
    const v = kind === "sumOfSquares" ? x.data[at]! ** 2 : x.data[at]!;
    if (kind === "max" || kind === "min") data[to] = Math[kind](data[to]!, v);
    else {
      data[to]! += kind === "mean" ? v / count : v;
      magnitude[to]! += Math.abs(kind === "mean" ? v / count : v);
    }
  });
  return { shape: kept, data, magnitude };
};

const check = async (kind: Reduction, shape: readonly number[], axes: readonly number[]): Promise<void> => {
  const x = drawn(shape, sizeOf(shape));
  const want = exact(kind, x, axes);
  const shading = reduce(shape, axes, kind, want.shape);
  expect(shading.outputs).toEqual([{ shape: want.shape, dtype: "float32" }]);
  const [data] = (await runShading(shading, [x.data])) as [Float32Array];
  expectWithin({ shape: want.shape, data }, want, 8 * unit, `${kind} of [${shape.join()}] over ${axes.join()}:`);
};

describe("sums, means, maxima and minima", () => {
  test("over any axes, neighbours or not", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9), fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...kinds),
        (axes, kind) =>
          check(kind, axes.map(([n]) => n), axes.flatMap(([, reduced], i) => (reduced ? [i] : []))), // prettier-ignore
      ),
      { numRuns: 60 },
    ));

  test.each<[string, readonly number[], readonly number[]]>([
    ["long rows", [3, 4001], [1]],
    ["one very long row, in parts", [200003], [0]],
    ["one very long row of whole vectors, in parts", [131072], [0]],
    ["long columns, in parts", [20000, 7], [0]],
    ["long columns of whole vectors, in parts", [9000, 12], [0]],
    ["many columns", [37, 1300], [0]],
    ["columns between other axes", [5, 70, 33], [1]],
    ["everything", [9, 50, 41], [0, 1, 2]],
    ["axes that are no neighbours, in parts", [211, 6, 30, 4], [0, 2]],
    ["first and last of three", [600, 4, 70], [0, 2]],
    ["rows that fill no vector", [1000, 3], [1]],
    ["nothing", [5, 1, 3], [1]],
  ])("of %s: [%j] over %j", async (_, shape, axes) => {
    for (const kind of ["sum", "max"] as const) await check(kind, shape, axes);
  });

  test("in parts, means are divided by all terms, and squares are taken once", async () => {
    await check("mean", [70001], [0]);
    await check("sumOfSquares", [9000, 4], [0]);
  });

  test("a sum of many equal numbers is exact up to some roundings, not a thousandth off", async () => {
    for (const [shape, axes] of [
      [[1 << 20], [0]],
      [[1 << 13, 8], [0]],
      [[8, 1 << 13], [1]],
    ] as const) {
      // prettier-ignore
      const result = shape.filter((_, i) => !(axes as readonly number[]).includes(i));
      const x = new Float32Array(sizeOf(shape)).fill(0.1);
      const [sums] = await runShading(reduce(shape, axes, "sum", result), [x]);
      for (const sum of sums!) expect(Math.abs(sum / (Math.fround(0.1) * shape[axes[0]]!) - 1)).toBeLessThan(6 * unit);
    }
  });

  test("NaN wins every maximum and minimum, wherever it is and whatever its sign; infinities are numbers", async () => {
    for (const shape of [[11], [11, 3], [12], [12, 4]])
      for (const kind of kinds)
        for (const at of [0, 5, shape[0]! - 1]) {
          const x = drawn(shape, 1);
          new Int32Array(x.data.buffer)[(at * x.data.length) / shape[0]!] = at === 5 ? -1 : 0x7fc00000;
          const [got] = await runShading(reduce(shape, [0], kind, shape.slice(1)), [x.data]);
          expect([...got!].map(Number.isNaN), `${kind} of [${shape.join()}]`).toEqual([...got!].map((_, i) => i === 0));
        }
    const x = Float32Array.of(1, Infinity, -3, 2, -Infinity, 0);
    const of = async (kind: Reduction) => [...(await runShading(reduce([6], [0], kind, []), [x]))[0]!];
    expect([await of("max"), await of("min"), await of("sum")]).toEqual([[Infinity], [-Infinity], [NaN]]);
    expect([...(await runShading(reduce([2], [0], "max", []), [Float32Array.of(-3, -2)]))[0]!]).toEqual([-2]);
  });
});

const greatest = (x: readonly number[]): number => x.reduce((best, v, i) => (v > x[best]! ? i : best), 0);

describe("the index of the greatest number", () => {
  test("along any axis, the first of equal ones", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(1, 2, 3, 5, 8), { maxLength: 2 }),
        fc.constantFrom(1, 2, 3, 10, 70),
        fc.array(fc.constantFrom(1, 2, 3, 4, 7), { maxLength: 2 }),
        fc.boolean(),
        async (outer, n, inner, ties) => {
          const shape = [...outer, n, ...inner];
          const x = drawn(shape, n, { deviation: 2 }).data.map((v) => (ties ? Math.round(v) : v)); // with -0
          const shading = argMax(shape, outer.length);
          expect(shading.outputs).toEqual([{ shape: [...outer, ...inner], dtype: "int32" }]);
          const [got] = await runShading(shading, [x]);
          const stride = sizeOf(inner);
          const want = Array.from(got!, (_, i) => {
            const from = Math.floor(i / stride) * n * stride + (i % stride);
            return greatest(Array.from({ length: n }, (_, j) => x[from + j * stride]!));
          });
          expect([...got!]).toEqual(want);
        },
      ),
      { numRuns: 25 },
    ));

  test("NaN is never greater, nor is anything greater than a first NaN, as in a loop that compares", async () => {
    for (const x of [
      [1, NaN, 3, NaN],
      [NaN, 1, 2],
      [-Infinity, NaN, -Infinity],
      [NaN, NaN],
    ])
      expect([...(await runShading(argMax([x.length], 0), [Float32Array.from(x)]))[0]!]).toEqual([greatest(x)]);
  });
});

const softmaxOf = (x: readonly number[]): number[] => {
  const top = x.reduce((a, v) => Math.max(a, v), -Infinity);
  const total = x.reduce((sum, v) => sum + Math.exp(v - top), 0);
  return x.map((v) => Math.exp(v - top) / total);
};

const rowsOf = (data: ArrayLike<number>, n: number): number[][] =>
  Array.from({ length: data.length / n }, (_, row) => Array.from({ length: n }, (_, i) => data[row * n + i]!));

describe("softmax is e^x over the sum of them", () => {
  const checkSoftmax = async (shape: readonly number[], deviation: number): Promise<void> => {
    const n = shape.at(-1)!;
    const x = drawn(shape, sizeOf(shape), { deviation });
    const shading = softmax(shape);
    expect(shading.outputs).toEqual([{ shape, dtype: "float32" }]);
    const [y] = await runShading(shading, [x.data]);
    const rows = rowsOf(y!, n);
    rowsOf(x.data, n).forEach((row, i) => {
      softmaxOf(row).forEach((w, j) =>
        expectUnits(
          { shape: [1], data: Float32Array.of(rows[i]![j]!) },
          [w],
          w,
          24 + 10 * deviation,
          `of [${shape.join()}]`,
        ),
      );
    });
  };

  test("of all shapes", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 257, 1000),
        fc.constantFrom(0.1, 1, 10),
        (outer, n, deviation) => checkSoftmax([...outer, n], deviation),
      ),
      { numRuns: 25 },
    ));

  test("of rows that fit no registers, of many rows, of few", async () => {
    await checkSoftmax([3, 20000], 1);
    await checkSoftmax([2, 5001], 1);
    await checkSoftmax([1031, 6], 1);
  });

  const of = async (...data: number[]): Promise<number[]> => [
    ...(await runShading(softmax([data.length]), [Float32Array.from(data)]))[0]!,
  ];

  test("of numbers as large as float32 has, and of -Infinity, which counts as nothing", async () => {
    expect(await of(3e38, 3e38, -3e38)).toEqual([0.5, 0.5, 0]);
    expect(await of(-3e38, -3e38)).toEqual([0.5, 0.5]);
    expect(await of(1000, 0, 1000, -1000)).toEqual([0.5, 0, 0.5, 0]);
    expect(await of(-Infinity, 0, 0, -Infinity, -Infinity)).toEqual([0, 0.5, 0.5, 0, 0]);
    expect(await of(-Infinity, -Infinity, -Infinity, 5)).toEqual([0, 0, 0, 1]);
  });

  test("NaN and +Infinity make their row NaN, and no other", async () => {
    for (const bad of [NaN, Infinity])
      for (const n of [7, 8]) {
        const x = drawn([3, n], 1).data;
        x[n + 2] = bad;
        const rows = rowsOf((await runShading(softmax([3, n]), [x]))[0]!, n);
        expect(rows.map((row) => row.filter(Number.isNaN).length)).toEqual([0, n, 0]);
      }
  });
});
