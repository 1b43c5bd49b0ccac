import fc from "fast-check";
import { expect, test } from "vitest";
import { commonShape } from "../../src/graph/shapes/commonShape.ts";
import { composeTransposes } from "../../src/graph/shapes/composeTransposes.ts";
import { reduceTranspose } from "../../src/graph/shapes/reduceTranspose.ts";
import { reexpress } from "../../src/graph/shapes/reexpress.ts";
import { refineShapes } from "../../src/graph/shapes/refineShapes.ts";
import { sizeOf } from "../../src/graph/shapes/sizeOf.ts";
import { map, kernels, type Tensor } from "./reference/kernels.ts";

const counting = (shape: readonly number[]): Tensor => ({
  shape,
  numbers: Array.from({ length: sizeOf(shape) }, (_, i) => i),
});

/** Where an input of a shape is read, at every place of an output. */
const readBy = (input: readonly number[], output: readonly number[]): readonly number[] =>
  map((x) => x)([counting(input)], {}, output);

/** Two shapes of one size, made by cutting and joining axes. */
const pairs = fc
  .array(fc.constantFrom(1, 2, 3, 4), { maxLength: 4 })
  .chain((factors) =>
    fc
      .tuple(
        fc.array(fc.boolean(), { minLength: factors.length, maxLength: factors.length }),
        fc.array(fc.boolean(), { minLength: factors.length, maxLength: factors.length }),
      )
      .map((joins) =>
        joins.map((join) =>
          factors.reduce<number[]>(
            (shape, factor, i) =>
              join[i] && shape.length > 0 ? shape.with(-1, shape.at(-1)! * factor) : [...shape, factor],
            [],
          ),
        ),
      ),
  ) as fc.Arbitrary<[number[], number[]]>;

const masks = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });

test("an input that is re-expressed is read at the same places", () =>
  fc.assert(
    fc.property(pairs, masks, ([from, to], mask) => {
      const input = from.map((length, axis) => (mask[axis] ? 1 : length));
      const seen = reexpress(input, from, to);
      if (seen !== undefined) expect(readBy(seen, to)).toEqual(readBy(input, from));
    }),
  ));

test("an input can be re-expressed if the axes of the output are only cut", () =>
  fc.assert(
    fc.property(pairs, masks, ([from, other], mask) => {
      const input = from.map((length, axis) => (mask[axis] ? 1 : length));
      const finer = refineShapes(from, other)!;
      expect(reexpress(input, from, finer)).toBeDefined();
    }),
  ));

test.each([
  [
    [2, 6],
    [4, 3],
    [2, 2, 3],
  ],
  [[1, 12], [12, 1, 1], [12]],
  [[4, 3], [3, 4], undefined],
  [[4], [5], undefined],
  [[0, 2], [0, 2], undefined],
  [[], [1, 1], []],
])("refining %j and %j gives %j", (a, b, refined) => expect(refineShapes(a, b)).toEqual(refined));

test.each([
  [[3, 1], [3, 4], [12], undefined],
  [
    [3, 1],
    [3, 4],
    [3, 2, 2],
    [3, 1, 1],
  ],
  [[4], [2, 3, 4], [6, 4], [1, 4]],
  [[2, 3, 4], [2, 3, 4], [24], [24]],
  [[], [2, 3], [6, 1], [1, 1]],
])("%j broadcast to %j meets %j as %j", (input, from, to, seen) => expect(reexpress(input, from, to)).toEqual(seen));

test("a common shape lets all inputs broadcast; the last output's is preferred", () => {
  const bias = { output: [2, 3, 4], inputs: [[2, 3, 4], [4]] };
  const perRow = {
    output: [2, 12],
    inputs: [
      [2, 12],
      [2, 1],
    ],
  };
  expect(commonShape([bias, { output: [6, 4], inputs: [[6, 4]] }])).toEqual([6, 4]);
  expect(commonShape([bias, perRow])).toEqual([2, 3, 4]);
  expect(commonShape([{ output: [24], inputs: [[24]] }, { output: [8, 3], inputs: [[8, 1]] }, bias])).toBeUndefined();
  expect(commonShape([{ output: [6, 4], inputs: [[4]] }, perRow])).toEqual([2, 3, 4]);
  expect(commonShape([bias, { output: [4], inputs: [[4]] }])).toBeUndefined();
});

const permutations = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });

const transpose = (shape: readonly number[], perm: readonly number[], numbers: readonly number[]): readonly number[] =>
  kernels.Transpose!([{ shape, numbers }], { perm }, perm.map((axis) => shape[axis]!)); // prettier-ignore

const small = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 });

test("a reduced transposition moves the same, and its perm has no neighbours that stay neighbours", () =>
  fc.assert(
    fc.property(small, permutations, (shape, perm) => {
      const reduced = reduceTranspose(shape, perm);
      const { numbers } = counting(shape);
      expect(transpose(reduced.shape, reduced.perm, numbers)).toEqual(transpose(shape, perm, numbers));
      expect(reduced.perm.some((axis, i) => i > 0 && axis === reduced.perm[i - 1]! + 1)).toBe(false);
    }),
  ));

test("composed transpositions move what one after the other moves, with any reshape between that has a common cut", () =>
  fc.assert(
    fc.property(small, permutations, fc.constantFrom(0, 1, 2), permutations, (shape, perm, joined, then) => {
      const made = perm.map((axis) => shape[axis]!);
      const seen = [...made.toSpliced(joined, 2, made[joined]! * made[joined + 1]!), 1];
      const composed = composeTransposes(reduceTranspose(shape, perm), reduceTranspose(seen, then))!;
      const { numbers } = counting(shape);
      const wanted = transpose(seen, then, transpose(shape, perm, numbers));
      expect(transpose(composed.shape, composed.perm, numbers)).toEqual(wanted);
    }),
  ));
