import { convTree } from "../layers/conv.ts";
import { linearTree } from "../layers/linear.ts";
import { normTree } from "../layers/norm.ts";
import type { Conv, Linear, Norm } from "../layers/params.ts";
import type { Make } from "../parameter.ts";
import type { ResolvedClassifier } from "./config.ts";

/** One layer of the classifier: silu(norm(conv(x))). */
export type ClassifierLayer<Leaf> = {
  /** 3x3; with stride 2 in all layers but the first. */
  readonly conv: Conv<Leaf>;
  /** Of the convolution's result. */
  readonly norm: Norm<Leaf>;
};

/** Everything that a classifier learns; `Leaf` is `Tensor`, or `Parameter` for the plan of it. */
export type ClassifierTree<Leaf> = {
  /** The convolutions. */
  readonly layers: readonly ClassifierLayer<Leaf>[];
  /** From the last picture, flattened. */
  readonly hidden: Linear<Leaf>;
  /** To the classes. */
  readonly head: Linear<Leaf>;
};

export const classifierTree = <Leaf>(
  make: Make<Leaf>,
  { height, width, channels, classes, widths, hidden }: ResolvedClassifier,
): ClassifierTree<Leaf> => {
  const factor = 2 ** (widths.length - 1);
  return {
    layers: widths.map((outputs, i) => ({
      conv: convTree(make, 3, widths[i - 1] ?? channels, outputs),
      norm: normTree(make, outputs),
    })),
    hidden: linearTree(make, (height / factor) * (width / factor) * widths.at(-1)!, hidden),
    head: linearTree(make, hidden, classes),
  };
};
