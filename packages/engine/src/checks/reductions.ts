import { ops, type Tensor } from "@nonmarkov/autodiff";
import { type Check, known } from "./check.ts";
import { differentiable, type Differentiable } from "./differentiable.ts";
import { type Grid, reader } from "./numbers.ts";

type Reduce = readonly [op: string, f: (x: Tensor, axis?: number) => Tensor, value: (xs: readonly number[]) => number];

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);

const reduces: readonly Reduce[] = [
  ["Sum", (x, axis) => ops.sum(x, axis), sum],
  ["Mean", (x, axis) => ops.mean(x, axis), (xs) => sum(xs) / xs.length],
  ["Max", (x, axis) => ops.max(x, axis), (xs) => Math.max(...xs)],
  ["Min", (x, axis) => ops.min(x, axis), (xs) => Math.min(...xs)],
];
const argMax: Reduce = ["ArgMax", (x, axis) => ops.argMax(x, axis), (xs) => xs.indexOf(Math.max(...xs))];

const [rows, columns] = [4, 5];

/** Numbers of which no two are equal; 7 must not divide how many there are. */
const distinct = (shape: readonly number[]): Grid => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Array.from({ length: size }, (_, i) => (5 * ((i * 7) % size)) / size - 2) };
};

/** What is reduced to each number of the result. */
const parts = (x: readonly number[], axis: number | undefined): readonly (readonly number[])[] => {
  if (axis === undefined) return [x];
  const at = reader([rows, columns], x);
  return axis === 0
    ? Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (_, i) => at(i, j)))
    : Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => at(i, j)));
};

const shapeWithout = (axis: number | undefined): readonly number[] =>
  axis === undefined ? [] : [axis === 0 ? columns : rows];

const reduction = ([op, f, value]: Reduce, axis: number | undefined): Differentiable => ({
  op,
  inputs: [distinct([rows, columns])],
  f: (x) => f(x!, axis),
  values: (x) => ({ shape: shapeWithout(axis), values: parts(x!, axis).map(value) }),
});

/** Longer than the threads that work together on one sum. */
const long = ([op, f, value]: Reduce): Check => {
  const x = distinct([2, 600]);
  const values = [value(x.values.slice(0, 600)), value(x.values.slice(600))];
  return known(op, [x], (of) => f(of, 1), { shape: [2], values });
};

const index = (axis: 0 | 1): Check => {
  const [op, f, value] = argMax;
  const x = distinct([rows, columns]);
  return known(op, [x], (of) => f(of, axis), { shape: shapeWithout(axis), values: parts(x.values, axis).map(value) });
};

/** Functions of each row of a matrix, which give a row each. */
const rowwise = (
  op: string,
  f: (x: Tensor) => Tensor,
  value: (xs: readonly number[]) => readonly number[],
): Differentiable => ({
  op,
  inputs: [distinct([rows, columns])],
  f,
  values: (x) => ({ shape: [rows, columns], values: parts(x!, 1).flatMap((xs) => value(xs)) }),
});

const logSumExp = (xs: readonly number[]): number => Math.log(sum(xs.map(Math.exp)));

/** Reductions of every axis, and what is made of them. */
export const reductions = (): readonly Check[] => [
  ...reduces.flatMap((it) => [undefined, 0, 1].map((axis) => differentiable(reduction(it, axis)))),
  ...[...reduces, argMax].map(long),
  ...[index(0), index(1)],
  ...[
    rowwise("Softmax", ops.softmax, (xs) => xs.map((x) => Math.exp(x - logSumExp(xs)))),
    rowwise("LogSoftmax", ops.logSoftmax, (xs) => xs.map((x) => x - logSumExp(xs))),
    reduction(["LogSumExp", (x) => ops.logSumExp(x), logSumExp], 1),
  ].map(differentiable),
];
