import {
  add,
  clipByValue,
  cos,
  div,
  exp,
  greater,
  log,
  maximum,
  minimum,
  mul,
  neg,
  reciprocal,
  relu,
  rsqrt,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
  tensor,
  where,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { Check } from "./check.ts";

type Unary = readonly [op: string, run: (x: Tensor) => Tensor, f: (x: number) => number];
type Binary = readonly [op: string, run: (a: Tensor, b: Tensor) => Tensor, f: (a: number, b: number) => number];

const unary: readonly Unary[] = [
  ["Exp", exp, Math.exp],
  ["Sigmoid", sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  ["Tanh", tanh, Math.tanh],
  ["Softplus", softplus, (x) => Math.log1p(Math.exp(x))],
  ["Relu", relu, (x) => Math.max(x, 0)],
  ["Neg", neg, (x) => -x],
  ["Square", square, (x) => x * x],
  ["Reciprocal", reciprocal, (x) => 1 / x],
  ["Sin", sin, Math.sin],
  ["Cos", cos, Math.cos],
  ["ClipByValue", (x) => clipByValue(x, -1, 2), (x) => Math.min(Math.max(x, -1), 2)],
];
const ofPositive: readonly Unary[] = [
  ["Log", log, Math.log],
  ["Sqrt", sqrt, Math.sqrt],
  ["Rsqrt", rsqrt, (x) => 1 / Math.sqrt(x)],
];
const binary: readonly Binary[] = [
  ["Add", add, (a, b) => a + b],
  ["Sub", sub, (a, b) => a - b],
  ["Multiply", mul, (a, b) => a * b],
  ["RealDiv", div, (a, b) => a / b],
  ["Maximum", maximum, Math.max],
  ["Minimum", minimum, Math.min],
  ["Select", (a, b) => where(greater(a, b), a, b), Math.max],
];

/** Functions of one number and, with broadcasting, of two. */
export const elementwise = (): readonly Check[] => {
  const row = [-3, -1, -0.5, 0.25, 1, 2, 4.5];
  const column = [2, -1, 0.5];
  const positive = row.map(Math.abs);
  return [
    ...unary.map(([op, run, f]) => ({ op, run: () => run(tensor(row)), expected: row.map(f) })),
    ...ofPositive.map(([op, run, f]) => ({ op, run: () => run(tensor(positive)), expected: positive.map(f) })),
    ...binary.map(([op, run, f]) => ({
      op,
      run: () => run(tensor(column, [3, 1]), tensor(row)),
      expected: column.flatMap((a) => row.map((b) => f(a, b))),
    })),
  ];
};
