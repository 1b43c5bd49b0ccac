import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { type Check, known } from "./check.ts";
import { differentiable, type Differentiable } from "./differentiable.ts";
import { type Grid, grid, reader, table } from "./numbers.ts";

/** A function that moves the numbers of a tensor of this shape; `at` looks them up, and gives 0 beside them. */
const moving = (
  op: string,
  shape: readonly number[],
  f: (x: Tensor) => Tensor | readonly Tensor[],
  values: (at: (...index: number[]) => number) => Grid | readonly Grid[],
): Differentiable => ({
  op,
  inputs: [grid(shape, 1)],
  f,
  values: (x) => {
    const inside = reader(shape, x);
    return values((...index) => (index.every((i, axis) => i >= 0 && i < shape[axis]!) ? inside(...index) : 0));
  },
});

const indices = (...values: readonly number[]): Tensor1D => ops.tensor1d([...values], "int32");

const [rows, columns] = [2, 3];

/** Two matrices, [2, 3] and [2, 3] or [2, 2], joined by a function. */
const joining = (
  op: string,
  columnsOfB: number,
  f: (a: Tensor, b: Tensor) => Tensor,
  values: (a: (i: number, j: number) => number, b: (i: number, j: number) => number) => Grid | readonly Grid[],
): Differentiable => {
  const shapes = [
    [rows, columns],
    [rows, columnsOfB],
  ] as const;
  return {
    op,
    inputs: shapes.map((shape, i) => grid(shape, i + 1)),
    f,
    values: (a, b) => values(reader(shapes[0], a), reader(shapes[1], b)),
  };
};

/** Ops that others are made of come first. */
const moves: readonly Differentiable[] = [
  moving("Identity", [2, 3], ops.clone, (at) => table([2, 3], at)),
  moving(
    "Reshape",
    [2, 3],
    (x) => ops.reshape(x, [3, 2]),
    (at) => ({ ...table([2, 3], at), shape: [3, 2] }),
  ),
  moving(
    "ExpandDims",
    [2, 3],
    (x) => ops.expandDims(x, 1),
    (at) => table([2, 1, 3], (i, _, j) => at(i, j)),
  ),
  moving(
    "squeeze",
    [2, 1, 3],
    (x) => ops.squeeze(x),
    (at) => table([2, 3], (i, j) => at(i, 0, j)),
  ),
  moving("Transpose", [2, 3], ops.transpose, (at) => table([3, 2], (i, j) => at(j, i))),
  moving(
    "Transpose",
    [2, 3, 4],
    (x) => ops.transpose(x, [2, 0, 1]),
    (at) => table([4, 2, 3], (i, j, k) => at(j, k, i)),
  ),
  moving(
    "Reverse",
    [2, 3],
    (x) => ops.reverse(x, 1),
    (at) => table([2, 3], (i, j) => at(i, 2 - j)),
  ),
  moving(
    "Slice",
    [3, 4],
    (x) => ops.slice(x, [1, 1], [2, 2]),
    (at) => table([2, 2], (i, j) => at(i + 1, j + 1)),
  ),
  moving(
    "PadV2",
    [2, 3],
    (x) =>
      ops.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    (at) => table([3, 5], (i, j) => at(i - 1, j)),
  ),
  moving(
    "Tile",
    [2, 3],
    (x) => ops.tile(x, [2, 3]),
    (at) => table([4, 9], (i, j) => at(i % 2, j % 3)),
  ),
  moving(
    "UnsortedSegmentSum",
    [4, 2],
    (x) => ops.unsortedSegmentSum(x, indices(2, 0, 2, 1), 4),
    (at) => table([4, 2], (segment, j) => [at(1, j), at(3, j), at(0, j) + at(2, j), 0][segment]!),
  ),
  moving(
    "GatherV2",
    [3, 3],
    (x) => ops.gather(x, indices(2, 0, 2, 1)),
    (at) => table([4, 3], (i, j) => at([2, 0, 2, 1][i]!, j)),
  ),
  moving(
    "GatherV2",
    [3, 3],
    (x) => ops.gather(x, indices(2, 0, 2, 1), 1),
    (at) => table([3, 4], (i, j) => at(i, [2, 0, 2, 1][j]!)),
  ),
  moving(
    "Unpack",
    [2, 3],
    (x) => ops.unstack(x, 1),
    (at) => [0, 1, 2].map((j) => table([2], (i) => at(i, j))),
  ),
  moving(
    "SplitV",
    [2, 4],
    (x) => ops.split(x, 2, 1),
    (at) => [0, 2].map((from) => table([2, 2], (i, j) => at(i, from + j))),
  ),
];

const joins: readonly Differentiable[] = [
  joining(
    "Concat",
    2,
    (a, b) => ops.concat([a, b, a], 1),
    (a, b) => table([2, 8], (i, j) => (j < 3 ? a(i, j) : j < 5 ? b(i, j - 3) : a(i, j - 5))),
  ),
  joining(
    "Concat",
    3,
    (a, b) => ops.concat([a, b], 0),
    (a, b) => table([4, 3], (i, j) => (i < 2 ? a(i, j) : b(i - 2, j))),
  ),
  joining(
    "Pack",
    3,
    (a, b) => ops.stack([a, b], 1),
    (a, b) => table([2, 2, 3], (i, which, j) => (which === 0 ? a : b)(i, j)),
  ),
  joining(
    "AddN",
    3,
    (a, b) => ops.addN([a, b, a]),
    (a, b) => table([2, 3], (i, j) => 2 * a(i, j) + b(i, j)),
  ),
];

const constant = (value: number): Grid => table([2, 3], () => value);
const listed = (...values: readonly number[]): Grid => ({ shape: [values.length], values });

/** More tensors than a shader may have inputs. */
const many = Array.from({ length: 20 }, (_, i) => grid([2, 3], i));

/** Makes tensors of nothing, or of tensors without derivatives. */
const making = (): readonly Check[] => [
  known("Fill", [], () => ops.fill([2, 3], 2.5), constant(2.5)),
  known("ZerosLike", [constant(3)], ops.zerosLike, constant(0)),
  known("OnesLike", [constant(3)], ops.onesLike, constant(1)),
  known("Range", [], () => ops.range(1, 6, 2), listed(1, 3, 5)),
  known("LinSpace", [], () => ops.linspace(-1, 1, 5), listed(-1, -0.5, 0, 0.5, 1)),
  known(
    "OneHot",
    [],
    () => ops.oneHot(indices(1, 0, -1), 2),
    table([3, 2], (i, j) => (j === [1, 0, -1][i!] ? 1 : 0)),
  ),
  known("Cast", [], () => ops.cast(ops.tensor([true, false], [2], "bool"), "float32"), listed(1, 0)),
  known("Cast", [], () => ops.cast(indices(-2, 0, 3), "float32"), listed(-2, 0, 3)),
  known(
    "AddN",
    many,
    (...xs) => ops.addN(xs),
    table([2, 3], (i, j) => many.reduce((sum, { values }) => sum + values[3 * i! + j!]!, 0)),
  ),
];

/** Ops that only move numbers, or make and add up tensors. */
export const movement = (): readonly Check[] => [...making(), ...[...moves, ...joins].map(differentiable)];
