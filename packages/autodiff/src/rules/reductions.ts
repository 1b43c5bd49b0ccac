import { Max, Mean, Min, Sum, type Tensor, abs, div, mul, reshape, step, sub, sum, util } from "@tensorflow/tfjs-core";
import { expandTo } from "../expandTo.ts";
import type { Rule } from "./rule.ts";

type Axis = number | number[] | null | undefined;

/** The shape after a reduction with its reduced axes kept as 1. */
const kept = (shape: readonly number[], axis: Axis): number[] => {
  const axes = new Set(util.parseAxisParam((axis ?? null) as number[], [...shape]));
  return shape.map((n, i) => (axes.has(i) ? 1 : n));
};

const expand = (dy: Tensor, shape: readonly number[], axis: Axis): Tensor =>
  expandTo(reshape(dy, kept(shape, axis)), shape);

/** max and min: the gradient goes to the extreme entries, evenly among equals. */
const extreme = (kernel: string): Rule => ({
  kernel,
  inputs: ["x"],
  output: true,
  gradient: (dy, { saved: [x, y], attrs }) => ({
    x: () => {
      const axis = (attrs["reductionIndices"] ?? attrs["axis"]) as Axis;
      const shape = kept(x!.shape, axis);
      const rest = step(abs(sub(x!, reshape(y!, shape))));
      const chosen = sub(1, rest);
      const count = reshape(sum(chosen, axis ?? undefined), shape);
      return mul(chosen, div(reshape(dy, shape), count));
    },
  }),
});

/** Kernels that reduce axes. */
export const reductionRules: readonly Rule[] = [
  {
    kernel: Sum,
    shapes: ["x"],
    gradient: (dy, { shapes: [shape], attrs }) => ({ x: () => expand(dy, shape!, attrs["axis"] as Axis) }),
  },
  {
    kernel: Mean,
    shapes: ["x"],
    gradient: (dy, { shapes: [shape], attrs }) => ({
      x: () => {
        const count = util.sizeFromShape([...shape!]) / Math.max(1, dy.size);
        return expand(div(dy, count), shape!, attrs["axis"] as Axis);
      },
    }),
  },
  extreme(Max),
  extreme(Min),
];
