import { type Key, foldIn, key, permutation, uniform } from "@nonmarkov/random";
import * as autodiff from "../src/index.ts";
import type { Tensor } from "../src/index.ts";

const { ops } = autodiff;

/** A differentiable function of tensors, and where to test it. */
export type Case = {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...xs: Tensor[]) => Tensor | readonly Tensor[];
  /** Where the inputs lie: "any" in -1..1, "positive" in 0.4..1.4, "apart": no two numbers (nor 0) closer than 0.1. */
  readonly from?: "any" | "positive" | "apart";
};

/** Inputs of a case: the leaves of a tree. */
export const draw = ({ shapes, from = "any" }: Case, seed: Key): Tensor[] => {
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const total = sizes.reduce((a, b) => a + b, 0);
  const values =
    from === "apart"
      ? Float64Array.from(permutation(seed, total), (i) => 0.12 * (i - total / 2) + 0.06)
      : uniform(seed, total, from === "positive" ? { min: 0.4, max: 1.4 } : { min: -1, max: 1 });
  let at = 0;
  return shapes.map((shape, i) =>
    ops.tensor(Float32Array.from(values.slice(at, (at += sizes[i]!))), [...shape], "float32"),
  );
};

type Four = Parameters<typeof ops.conv2d>[1];
const conv = (x: Tensor, w: Tensor, stride: number, pad: "same" | "valid" | number): Tensor =>
  ops.conv2d(x as Four, w as Four, stride, pad);

const unary = (name: string, f: (x: Tensor) => Tensor, from: "any" | "positive" | "apart" = "any"): Case => ({
  name,
  shapes: [[2, 3]],
  f: (x) => f(x!),
  from,
});

const binary = (name: string, f: (a: Tensor, b: Tensor) => Tensor, from: "any" | "positive" | "apart" = "any") =>
  (
    [
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], [3]],
      [
        [1, 3],
        [2, 1],
      ],
      [[], [2, 2]],
      [
        [2, 2, 2, 3],
        [2, 1, 1, 3],
      ],
    ] as const
  ).map((shapes): Case => ({ name: `${name} ${JSON.stringify(shapes)}`, shapes, f: (a, b) => f(a!, b!), from }));

const indices = () => ops.tensor([2, 0, 2, 1], [4], "int32");

/** Every op that has a gradient, over the ways in which its gradient is computed. */
export const cases: readonly Case[] = [
  unary("abs", ops.abs, "apart"),
  unary("cast", (x) => ops.cast(x, "float32")),
  unary("clipByValue", (x) => ops.clipByValue(x, -0.24, 0.24), "apart"),
  unary("clone", ops.clone),
  unary("cos", ops.cos),
  unary("erf", ops.erf),
  unary("exp", ops.exp),
  unary("expm1", ops.expm1),
  unary("log", ops.log, "positive"),
  unary("log1p", ops.log1p, "positive"),
  unary("neg", ops.neg),
  unary("reciprocal", ops.reciprocal, "positive"),
  unary("relu", ops.relu, "apart"),
  unary("rsqrt", ops.rsqrt, "positive"),
  unary("sigmoid", ops.sigmoid),
  unary("sin", ops.sin),
  unary("softplus", ops.softplus),
  unary("sqrt", ops.sqrt, "positive"),
  unary("square", ops.square),
  unary("tanh", ops.tanh),
  unary("silu", autodiff.silu),
  unary("x exp(x)", (x) => ops.mul(x, ops.exp(x))),
  unary("steps are constants", (x) => ops.mul(x, ops.add(ops.step(x), ops.add(ops.sign(x), ops.floor(x)))), "apart"),
  unary("comparisons are constants", (x) => ops.mul(x, ops.cast(ops.greater(x, ops.square(x)), "float32")), "apart"),
  ...binary("add", ops.add),
  ...binary("sub", ops.sub),
  ...binary("mul", ops.mul),
  ...binary("div", ops.div, "positive"),
  ...binary("squaredDifference", ops.squaredDifference),
  ...binary("maximum", ops.maximum, "apart"),
  ...binary("minimum", ops.minimum, "apart"),
  ...binary("pow", ops.pow, "positive"),
  { name: "mul with itself", shapes: [[3]], f: (x) => ops.mul(ops.mul(x!, x!), x!) },
  { name: "add to itself", shapes: [[3]], f: (x) => ops.square(ops.add(x!, x!)) },
  { name: "addN", shapes: [[3], [3]], f: (a, b) => ops.square(ops.addN([a!, b!, a!])) },
  {
    name: "where",
    shapes: [[2, 3], [2, 3], [3]],
    from: "apart",
    f: (c, a, b) => ops.where(ops.greater(c!, ops.scalar(0)), ops.square(a!), ops.square(b!)),
  },
  ...[undefined, 0, 1, [0, 1], [0, 2], [1, 2]].map((axis): Case => ({
    name: `sum ${axis}`,
    shapes: [[2, 3, 2]],
    f: (x) => ops.square(ops.sum(x!, axis)),
  })),
  ...[undefined, 0, [1, 2], -1].map((axis): Case => ({
    name: `mean ${axis}, axes kept`,
    shapes: [[2, 3, 2]],
    f: (x) => ops.square(ops.mean(x!, axis, true)),
  })),
  ...[undefined, 0, [0, 1]].flatMap((axis): Case[] => [
    { name: `max ${axis}`, shapes: [[2, 3]], f: (x) => ops.square(ops.max(x!, axis)), from: "apart" },
    { name: `min ${axis}`, shapes: [[2, 3]], f: (x) => ops.square(ops.min(x!, axis)), from: "apart" },
  ]),
  { name: "logSumExp", shapes: [[2, 3]], f: (x) => ops.logSumExp(x!) },
  { name: "softmax", shapes: [[2, 3]], f: (x) => ops.softmax(x!) },
  { name: "logSoftmax", shapes: [[2, 3]], f: (x) => ops.logSoftmax(x!) },
  ...[false, true].flatMap((ta) =>
    [false, true].flatMap((tb): Case[] => [
      {
        name: `matMul${ta ? " a^T" : ""}${tb ? " b^T" : ""}`,
        shapes: [ta ? [3, 2] : [2, 3], tb ? [4, 3] : [3, 4]],
        f: (a, b) => ops.matMul(a!, b!, ta, tb),
      },
      {
        name: `matMul of batches, one shared${ta ? " a^T" : ""}${tb ? " b^T" : ""}`,
        shapes: [ta ? [2, 3, 2] : [2, 2, 3], tb ? [1, 2, 3] : [1, 3, 2]],
        f: (a, b) => ops.matMul(a!, b!, ta, tb),
      },
    ]),
  ),
  ...(["same", "valid", 1] as const).flatMap((pad) =>
    [1, 2].map((stride): Case => ({
      name: `conv2d ${pad}, stride ${stride}`,
      shapes: [
        [2, 4, 3, 2],
        [3, 2, 2, 2],
      ],
      f: (x, w) => conv(x!, w!, stride, pad),
    })),
  ),
  { name: "transpose", shapes: [[2, 3, 2]], f: (x) => ops.square(ops.transpose(x!, [2, 0, 1])) },
  { name: "reshape", shapes: [[2, 3]], f: (x) => ops.square(ops.reshape(x!, [3, 2])) },
  { name: "expandDims", shapes: [[2, 3]], f: (x) => ops.square(ops.expandDims(x!, 1)) },
  { name: "squeeze", shapes: [[2, 1, 3]], f: (x) => ops.square(ops.squeeze(x!)) },
  { name: "reverse", shapes: [[2, 3]], f: (x) => ops.square(ops.reverse(x!, 1)) },
  {
    name: "pad",
    shapes: [[2, 3]],
    f: (x) =>
      ops.square(
        ops.pad(x!, [
          [1, 0],
          [2, 1],
        ]),
      ),
  },
  { name: "slice", shapes: [[3, 4]], f: (x) => ops.square(ops.slice(x!, [1, 1], [2, 2])) },
  { name: "slice of leading axes, to the end", shapes: [[3, 4]], f: (x) => ops.square(ops.slice(x!, 1, -1)) },
  {
    name: "addN of more than a shader binds",
    shapes: [[2, 3]],
    f: (x) => ops.addN(Array.from({ length: 20 }, (_, i) => ops.square(ops.add(x!, i / 10)))),
  },
  { name: "tile", shapes: [[2, 3]], f: (x) => ops.square(ops.tile(x!, [2, 3])) },
  { name: "broadcastTo", shapes: [[2, 1]], f: (x) => ops.square(ops.broadcastTo(x!, [3, 2, 2])) },
  ...[0, -1].flatMap((axis): Case[] => [
    {
      name: `concat ${axis}`,
      shapes:
        axis === 0
          ? [
              [1, 2],
              [2, 2],
            ]
          : [
              [2, 1],
              [2, 2],
            ],
      f: (a, b) => ops.square(ops.concat([a!, b!, a!], axis)),
    },
    {
      name: `stack ${axis}`,
      shapes: [
        [2, 3],
        [2, 3],
      ],
      f: (a, b) => ops.square(ops.stack([a!, b!, a!], axis)),
    },
    { name: `unstack ${axis}`, shapes: [[2, 3]], f: (x) => ops.unstack(x!, axis).map((y) => ops.square(y)) },
    { name: `split ${axis}`, shapes: [[2, 4]], f: (x) => ops.split(x!, 2, axis).map((y) => ops.square(y)) },
    {
      name: `gather ${axis}`,
      shapes: [[3, 3]],
      f: (x) => ops.square(ops.gather(x!, indices() as Parameters<typeof ops.gather>[1], axis)),
    },
  ]),
  { name: "one part of a split", shapes: [[2, 4]], f: (x) => ops.square(ops.split(x!, 2, 1)[1]!) },
  {
    name: "unsortedSegmentSum",
    shapes: [[4, 2]],
    f: (x) => ops.square(ops.unsortedSegmentSum(x!, indices() as Parameters<typeof ops.unsortedSegmentSum>[1], 3)),
  },
  {
    name: "resizeNearestNeighbor",
    shapes: [[1, 2, 2, 2]],
    f: (x) => ops.square(ops.resizeNearestNeighbor(x!, [4, 6])),
  },
  { name: "avgPool", shapes: [[1, 4, 2, 2]], f: (x) => ops.square(ops.avgPool(x as Four, [2, 1], [2, 1], "valid")) },
  {
    name: "avgPool over all",
    shapes: [[2, 2, 3, 2]],
    f: (x) => ops.square(ops.avgPool(x as Four, [2, 3], 1, "valid")),
  },
  ...(
    [
      [2, 3, 2, 4],
      [2, 3, 4],
      [2, 4],
      [1, 5, 4],
    ] as const
  ).flatMap((shape): Case[] => [
    {
      name: `groupNorm ${JSON.stringify(shape)}`,
      shapes: [shape, [4], [4]],
      f: (x, gamma, beta) => autodiff.groupNorm(x!, gamma!, beta!, { groups: 2, eps: 0.1 }),
    },
    {
      name: `groupNormSilu ${JSON.stringify(shape)}`,
      shapes: [shape, [4], [4]],
      f: (x, gamma, beta) => autodiff.groupNormSilu(x!, gamma!, beta!, { groups: 2, eps: 0.1 }),
    },
  ]),
  {
    name: "attention of ops",
    shapes: [
      [2, 3, 2],
      [2, 3, 2],
      [2, 3, 2],
    ],
    f: (q, k, v) => ops.matMul(ops.softmax(ops.matMul(q!, k!, false, true)), v!),
  },
  {
    name: "attention",
    shapes: [
      [2, 3, 2],
      [2, 4, 2],
      [2, 4, 5],
    ],
    f: (q, k, v) => autodiff.attention(q!, k!, v!, 0.7),
  },
];

/** The inputs and random weights of a case. */
export const seedOf = (name: string): Key =>
  [...name].reduce((seed, letter) => foldIn(seed, letter.codePointAt(0)!), key(0));
