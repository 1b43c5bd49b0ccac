import type { Tensor } from "@tensorflow/tfjs-core";
import { differentiable } from "./differentiable.ts";
import { linearize } from "./linearize.ts";
import { type Tree, treeAlign } from "./tree.ts";
import { withLeaves } from "./withLeaves.ts";

/** A function's value and the pull-back of a cotangent. All tensors belong to the caller. */
export type ValueAndPullback<P extends Tree, Q extends Tree> = {
  /** f(params). */
  readonly value: Q;
  /** The transposed Jacobian times the cotangent: a tree like the parameters. */
  readonly grad: P;
};

/**
 * Vector-Jacobian product: f(params), and the gradient of <f(params), cotangent>.
 * @param cotangent a tree like f(params), a constant
 * @throws RangeError naming the path where the cotangent does not fit, TypeError if something is not float32
 */
export const vjp = <P extends Tree, Q extends Tree>(
  f: (params: P) => Q,
  params: P,
  cotangent: Q,
): ValueAndPullback<P, Q> => {
  const entries = differentiable("vjp", params);
  differentiable("vjp", cotangent);
  let shape: Q | undefined;
  let seeds: readonly Tensor[] = [];
  const { outputs, gradients } = linearize(
    entries.map(([, leaf]) => leaf),
    (leaves) => {
      shape = f(withLeaves(params, leaves));
      const made = differentiable("vjp", shape);
      seeds = treeAlign("vjp", made, cotangent);
      return { outputs: made.map(([, leaf]) => leaf), aux: [] };
    },
    () => seeds,
  );
  return { value: withLeaves(shape!, outputs), grad: withLeaves(params, gradients) };
};
