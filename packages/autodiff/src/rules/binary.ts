import {
  Add,
  AddN,
  Maximum,
  Minimum,
  Multiply,
  Pow,
  RealDiv,
  Select,
  SquaredDifference,
  Sub,
  type Tensor,
  clone,
  div,
  log,
  mul,
  neg,
  pow,
  square,
  step,
  sub,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { Rule } from "./rule.ts";
import { sumTo } from "./sumTo.ts";

/** A rule of a kernel with the inputs a and b, which broadcast: the gradients before summing to their shapes. */
const binary = (
  kernel: string,
  da: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
  db: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
): Rule => ({
  kernel,
  inputs: ["a", "b"],
  gradient: (dy, { saved: [a, b] }) => ({
    a: () => sumTo(da(dy, a!, b!), a!.shape),
    b: () => sumTo(db(dy, a!, b!), b!.shape),
  }),
});

/** A rule of a + f(b), f linear: only the shapes matter. */
const linear = (kernel: string, f: (dy: Tensor) => Tensor): Rule => ({
  kernel,
  shapes: ["a", "b"],
  gradient: (dy, { shapes: [a, b] }) => ({ a: () => sumTo(dy, a!), b: () => sumTo(f(dy), b!) }),
});

const identity = (dy: Tensor): Tensor => dy;

/** Kernels of two numbers at a time, with broadcasting. maximum and minimum give equals' gradient to a. */
export const binaryRules: readonly Rule[] = [
  linear(Add, identity),
  linear(Sub, neg),
  binary(
    Multiply,
    (dy, _a, b) => mul(dy, b),
    (dy, a) => mul(dy, a),
  ),
  binary(
    RealDiv,
    (dy, _a, b) => div(dy, b),
    (dy, a, b) => neg(mul(dy, div(a, square(b)))),
  ),
  binary(
    SquaredDifference,
    (dy, a, b) => mul(mul(dy, 2), sub(a, b)),
    (dy, a, b) => mul(mul(dy, 2), sub(b, a)),
  ),
  binary(
    Maximum,
    (dy, a, b) => sub(dy, mul(dy, step(sub(b, a)))),
    (dy, a, b) => mul(dy, step(sub(b, a))),
  ),
  binary(
    Minimum,
    (dy, a, b) => sub(dy, mul(dy, step(sub(a, b)))),
    (dy, a, b) => mul(dy, step(sub(a, b))),
  ),
  binary(
    Pow,
    (dy, a, b) => mul(dy, mul(b, pow(a, sub(b, 1)))),
    (dy, a, b) => mul(dy, mul(pow(a, b), log(a))),
  ),
  {
    kernel: AddN,
    shapes: "all",
    gradient: (dy, { shapes }) => Object.fromEntries(shapes.map((_, i) => [i, () => clone(dy)])),
  },
  {
    kernel: Select,
    inputs: ["condition"],
    gradient: (dy, { saved: [condition] }) => ({
      t: () => where(condition!, dy, zerosLike(dy)),
      e: () => where(condition!, zerosLike(dy), dy),
    }),
  },
];
