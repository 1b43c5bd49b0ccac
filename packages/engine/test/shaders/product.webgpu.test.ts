import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Epilogue } from "../../src/commands/epilogue.ts";
import { product } from "../../src/shaders/product.ts";
import type { Tiling } from "../../src/shaders/tile.ts";
import { expectWithin } from "../kernels/reference/errors.ts";
import { matMul } from "../kernels/reference/matMul.ts";
import { drawn, type Numbers, sizeOf, unit } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";
import { smallTilings, titleOf } from "./reference/tilings.ts";

type Batches = readonly [readonly number[], readonly number[]];
type Sizes = readonly [m: number, k: number, n: number];
type Transposes = readonly [boolean, boolean];

const operands = ([batchA, batchB]: Batches, [m, k, n]: Sizes, [transposeA, transposeB]: Transposes) => ({
  a: drawn([...batchA, ...(transposeA ? [k, m] : [m, k])], 1 + m),
  b: drawn([...batchB, ...(transposeB ? [n, k] : [k, n])], 1000 + n),
});

const run = async (
  { a, b }: { readonly a: Numbers; readonly b: Numbers },
  turned: Transposes,
  tiling?: Tiling,
  epilogue?: Epilogue,
  others: readonly Numbers[] = [],
): Promise<Numbers> => {
  const shading = product(a.shape, b.shape, ...turned, epilogue, { tiling })!;
  const [data] = await runShading(
    shading,
    [a, b, ...others].map((x) => x.data),
  );
  return { shape: shading.outputs[0]!.shape, data: data as Float32Array };
};

/** Expects a product to be right up to a few roundings of the sum of its terms' sizes. */
const check = async (batches: Batches, sizes: Sizes, turned: Transposes, tiling?: Tiling): Promise<void> => {
  const { a, b } = operands(batches, sizes, turned);
  const what = `[${a.shape}] x [${b.shape}], ${turned}${tiling === undefined ? "" : `, ${titleOf(tiling)}`}:`;
  expectWithin(await run({ a, b }, turned, tiling), matMul(a, b, ...turned), 16 * unit, what);
};

const neither: Transposes = [false, false];
const transposes = fc.tuple(fc.boolean(), fc.boolean());
const lengths = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 20, 36);
const batches = fc.constantFrom<Batches>([[], []], [[3], [3]], [[1], [2]], [[2], [1]], [[2, 2], []], [[], [3]]);

describe("products of matrices are sums of products", () => {
  test("of all sizes, transposed or not, batches alike or repeated on either side, in any tiles", () =>
    fc.assert(
      fc.asyncProperty(
        ...[batches, fc.tuple(lengths, lengths, lengths), transposes, fc.constantFrom(...smallTilings)],
        check,
      ),
      { numRuns: 15 },
    ));

  test("and what is not a number stays in its row and its column", () =>
    fc.assert(
      fc.asyncProperty(
        ...[batches, fc.tuple(lengths, lengths, lengths), transposes, fc.constantFrom(...smallTilings)],
        async (outer, sizes, turned, tiling) => {
          const { a, b } = operands(outer, sizes, turned);
          for (const { data } of [a, b]) data[data.length - 1] = NaN;
          const got = await run({ a, b }, turned, tiling);
          const where = (data: ArrayLike<number>): boolean[] => Array.from(data, Number.isNaN);
          expect(where(got.data)).toEqual(where(matMul(a, b, ...turned).data));
        },
      ),
      { numRuns: 6 },
    ));

  test.each([
    ["one row", [1, 300, 200], [false, false]],
    ["one column", [130, 100, 1], [true, true]],
    ["few rows", [6, 260, 72], [false, true]],
    ["a square", [72, 64, 80], [true, false]],
  ] as const)("in the tiles chosen for %s", (_, sizes, turned) => check([[], []], sizes, turned));

  test("in the largest tile, 128 x 128", () =>
    check([[], []], [132, 20, 136], [false, true], {
      tile: { rows: 128, columns: 128, threadRows: 8, threadColumns: 8, depth: 8, slices: 1, buffers: 2 },
      splits: 1,
    }));

  const smallest: Tiling = { tile: { rows: 4, columns: 4, threadRows: 4, threadColumns: 4, depth: 4, slices: 1, buffers: 1 }, splits: 1 }; // prettier-ignore

  test("of more matrices than workgroups in one dimension", () =>
    check([[65_537], [65_537]], [2, 1, 2], neither, smallest));

  test("of so many columns that blocks of rows share them, with a block that is not full", () =>
    check([[], []], [36, 5, 72], neither, smallest));

  test("whose sums are long, split among workgroups", () => {
    const { dispatches } = product([5, 20_000], [20_000, 6], false, false)!;
    expect(dispatches).toHaveLength(2);
    return check([[], []], [5, 20_000, 6], neither);
  });
});

/** y = result * x1 + x2. */
const epilogue = (...shapes: readonly (readonly number[])[]): Epilogue => ({
  program: { inputs: 3, instructions: [{ op: "fma", args: [0, 1, 2] }], outputs: [3] },
  shapes,
});

describe("an epilogue sees each result at its place", () => {
  test.each([
    ["in fours", [9, 7, 12], 1, 1],
    ["one by one", [9, 7, 10], 1, 1],
    ["after slices", [9, 7, 12], 2, 1],
    ["after a split sum", [9, 7, 12], 1, 3],
  ] as const)("%s", async (_, [m, k, n], slices, splits) => {
    const { a, b } = operands([[2], [2]], [m, k, n], [false, true]);
    const [scale, shift] = [drawn([2, 1, n], 5), drawn([m, 1], 6)];
    const tile = {
      rows: 8,
      columns: 4,
      threadRows: 4,
      threadColumns: 4,
      depth: 4 * slices,
      slices,
      buffers: 1,
    } as const;
    const got = await run({ a, b }, [false, true], { tile, splits }, epilogue(scale.shape, shift.shape), [
      scale,
      shift,
    ]);
    const sums = matMul(a, b, false, true);
    const factor = (i: number): number => scale.data[Math.floor(i / (m * n)) * n + (i % n)]!;
    const term = (i: number): number => shift.data[Math.floor(i / n) % m]!;
    const want = {
      shape: [2, m, n],
      data: sums.data.map((sum, i) => sum * factor(i) + term(i)),
      magnitude: sums.magnitude.map((size, i) => size * Math.abs(factor(i)) + Math.abs(term(i))),
    };
    expect(sizeOf(got.shape)).toBe(want.data.length);
    expectWithin(got, want, 16 * unit);
  });
});

test("batches that broadcast in part are left to others", () =>
  expect(product([2, 1, 4, 5], [1, 3, 5, 6], false, false)).toBeUndefined());
