import { ops, silu, type Tensor } from "@nonmarkov/autodiff";
import { type Check, known } from "./check.ts";
import { differentiable, type Differentiable } from "./differentiable.ts";
import type { Grid } from "./numbers.ts";

type Unary = readonly [op: string, f: (x: Tensor) => Tensor, value: (x: number) => number];
type Binary = readonly [op: string, f: (a: Tensor, b: Tensor) => Tensor, value: (a: number, b: number) => number];

const row = (...values: readonly number[]): Grid => ({ shape: [values.length], values });
const column = (...values: readonly number[]): Grid => ({ shape: [values.length, 1], values });

/** 1 for true. */
const truth = (holds: boolean): number => (holds ? 1 : 0);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The error function, by its power series: exact to ten digits for |x| <= 3. */
const erf = (x: number): number => {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};

const unary: readonly Unary[] = [
  ["Exp", ops.exp, Math.exp],
  ["Expm1", ops.expm1, Math.expm1],
  ["Sigmoid", ops.sigmoid, sigmoid],
  ["Tanh", ops.tanh, Math.tanh],
  ["Softplus", ops.softplus, (x) => Math.log1p(Math.exp(x))],
  ["Erf", ops.erf, erf],
  ["Relu", ops.relu, (x) => Math.max(x, 0)],
  ["Abs", ops.abs, Math.abs],
  ["Neg", ops.neg, (x) => -x],
  ["Square", ops.square, (x) => x * x],
  ["Reciprocal", ops.reciprocal, (x) => 1 / x],
  ["Sin", ops.sin, Math.sin],
  ["Cos", ops.cos, Math.cos],
  ["ClipByValue", (x) => ops.clipByValue(x, -0.75, 1.5), (x) => Math.min(Math.max(x, -0.75), 1.5)],
];
const ofPositive: readonly Unary[] = [
  ["Log", ops.log, Math.log],
  ["Log1p", ops.log1p, Math.log1p],
  ["Sqrt", ops.sqrt, Math.sqrt],
  ["Rsqrt", ops.rsqrt, (x) => 1 / Math.sqrt(x)],
];
/** Without derivatives. */
const stepped: readonly Unary[] = [
  ["Sign", ops.sign, Math.sign],
  ["Step", (x) => ops.step(x), (x) => truth(x > 0)],
  ["Floor", ops.floor, Math.floor],
  ["Ceil", ops.ceil, Math.ceil],
  ["Round", ops.round, Math.round],
  ["Cast", (x) => ops.cast(x, "int32"), Math.trunc],
];
const binary: readonly Binary[] = [
  ["Add", ops.add, (a, b) => a + b],
  ["Sub", ops.sub, (a, b) => a - b],
  ["Multiply", ops.mul, (a, b) => a * b],
  ["RealDiv", ops.div, (a, b) => a / b],
  ["SquaredDifference", ops.squaredDifference, (a, b) => (a - b) ** 2],
  ["Maximum", ops.maximum, Math.max],
  ["Minimum", ops.minimum, Math.min],
  ["Select", (a, b) => ops.where(ops.greater(a, b), a, b), Math.max],
];
const comparisons: readonly Binary[] = [
  ["Equal", ops.equal, (a, b) => truth(a === b)],
  ["NotEqual", ops.notEqual, (a, b) => truth(a !== b)],
  ["Greater", ops.greater, (a, b) => truth(a > b)],
  ["GreaterEqual", ops.greaterEqual, (a, b) => truth(a >= b)],
  ["Less", ops.less, (a, b) => truth(a < b)],
  ["LessEqual", ops.lessEqual, (a, b) => truth(a <= b)],
];
const asBool = (x: Tensor): Tensor => ops.notEqual(x, 0);
const logical: readonly Binary[] = [
  ["LogicalAnd", (a, b) => ops.logicalAnd(asBool(a), asBool(b)), (a, b) => a * b],
  ["LogicalOr", (a, b) => ops.logicalOr(asBool(a), asBool(b)), Math.max],
];

const any = row(-3, -1, -0.5, 0.25, 1, 2, 2.5, -1.7);
const positive: Grid = { ...any, values: any.values.map(Math.abs) };
const steps = row(-2.7, -1.2, -0.3, 0, 0.4, 1.6, 2.2, 3);
const seven = row(-3, -1, -0.5, 0.25, 1, 2, 4.5);
const infinite = row(0, Infinity, -2, -Infinity, 1e30);
const apart = [column(1.5, -0.75, 0.3), seven] as const;
const ties = [column(2, -1, 0.5), seven] as const;
const powers = [column(3, 1.5, 0.25), row(2, -1, 0.5)] as const;
const bits = [column(0, 1), row(0, 1)] as const;

/** The values of a function of one number. */
const each = (f: (x: number) => number, x: readonly number[]): Grid => row(...x.map(f));

/** The values of a function of two numbers, broadcast from a column and a row. */
const pairs = (f: (a: number, b: number) => number, a: readonly number[], b: readonly number[]): Grid => ({
  shape: [a.length, b.length],
  values: a.flatMap((x) => b.map((y) => f(x, y))),
});

const ofOne = (x: Grid, [op, f, value]: Unary): Differentiable => ({
  op,
  inputs: [x],
  f,
  values: (numbers) => each(value, numbers!),
});

const smooth =
  (x: Grid) =>
  (it: Unary): Check =>
    differentiable(ofOne(x, it));

const smoothPair =
  (inputs: readonly [Grid, Grid]) =>
  ([op, f, value]: Binary): Check =>
    differentiable({ op, inputs, f, values: (a, b) => pairs(value, a!, b!) });

const knownPair =
  ([a, b]: readonly [Grid, Grid]) =>
  ([op, f, value]: Binary): Check =>
    known(op, [a, b], f, pairs(value, a.values, b.values));

/** Functions of one number and, with broadcasting, of two, and their gradients. */
export const elementwise = (): readonly Check[] => [
  ...comparisons.map(knownPair(ties)),
  ...binary.map(smoothPair(apart)),
  ...unary.map(smooth(any)),
  ...ofPositive.map(smooth(positive)),
  differentiable({ ...ofOne(any, ["Silu", silu, (x) => x * sigmoid(x)]), hasOwnGradient: true }),
  known("Choose", [steps, any, steps], ops.choose, row(...steps.values.map((c, i) => (c !== 0 ? any.values[i]! : 0)))),
  smoothPair(powers)(["Pow", ops.pow, Math.pow]),
  ...stepped.map(([op, f, value]) => known(op, [steps], f, each(value, steps.values))),
  ...logical.map(knownPair(bits)),
  known(
    "IsFinite",
    [infinite],
    ops.isFinite,
    each((x) => truth(Number.isFinite(x)), infinite.values),
  ),
  known(
    "LogicalNot",
    [steps],
    (x) => ops.logicalNot(asBool(x)),
    each((x) => truth(x === 0), steps.values),
  ),
];
