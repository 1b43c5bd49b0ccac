import {
  Abs,
  ClipByValue,
  Cos,
  Erf,
  Exp,
  Expm1,
  Log,
  Log1p,
  Neg,
  Reciprocal,
  Relu,
  Rsqrt,
  Sigmoid,
  Sin,
  Softplus,
  Sqrt,
  Square,
  Tanh,
  type Tensor,
  abs,
  add,
  cos,
  div,
  exp,
  mul,
  neg,
  rsqrt,
  sigmoid,
  sign,
  sin,
  square,
  step,
  sub,
  tanh,
} from "@tensorflow/tfjs-core";
import type { Rule } from "./rule.ts";

/** A rule dx = f(dy, x) of a kernel with the one input x. */
const unary = (kernel: string, f: (dy: Tensor, x: Tensor) => Tensor): Rule => ({
  kernel,
  inputs: ["x"],
  gradient: (dy, { saved: [x] }) => ({ x: () => f(dy, x!) }),
});

/** The derivative of sigmoid, s - s^2, from its value. */
const sigmoidSlope = (s: Tensor): Tensor => sub(s, square(s));

/**
 * Kernels that act on each number alone. Each saves its input, not its output: exact at every order.
 * Masks are made by step: numbers, which every backend computes fast, where comparisons give truth values.
 */
export const elementwiseRules: readonly Rule[] = [
  unary(Abs, (dy, x) => mul(dy, sign(x))),
  unary(Cos, (dy, x) => neg(mul(dy, sin(x)))),
  unary(Erf, (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))),
  unary(Expm1, (dy, x) => mul(dy, exp(x))),
  unary(Log, (dy, x) => div(dy, x)),
  unary(Log1p, (dy, x) => div(dy, add(x, 1))),
  unary(Reciprocal, (dy, x) => neg(div(dy, square(x)))),
  unary(Relu, (dy, x) => mul(dy, step(x))),
  unary(Rsqrt, (dy, x) => mul(mul(dy, -0.5), div(rsqrt(x), x))),
  unary(Sin, (dy, x) => mul(dy, cos(x))),
  unary(Softplus, (dy, x) => mul(dy, sigmoid(x))),
  unary(Sqrt, (dy, x) => mul(mul(dy, 0.5), rsqrt(x))),
  unary(Square, (dy, x) => mul(mul(dy, 2), x)),
  unary(Sigmoid, (dy, x) => mul(dy, sigmoidSlope(sigmoid(x)))),
  unary(Tanh, (dy, x) => sub(dy, mul(dy, square(tanh(x))))),
  unary(Exp, (dy, x) => mul(dy, exp(x))),
  { kernel: Neg, gradient: (dy) => ({ x: () => neg(dy) }) },
  {
    kernel: ClipByValue,
    inputs: ["x"],
    output: true,
    gradient: (dy, { saved: [x, y] }) => ({ x: () => sub(dy, mul(dy, step(abs(sub(x!, y!))))) }),
  },
];
