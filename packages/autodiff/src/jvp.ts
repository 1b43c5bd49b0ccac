import { clone, zerosLike } from "@tensorflow/tfjs-core";
import { backpropagate } from "./backpropagate.ts";
import { differentiable } from "./differentiable.ts";
import { ownAll } from "./ownAll.ts";
import { registerRules } from "./rules/register.ts";
import { record, releaseTape } from "./tape.ts";
import { type Tree, treeAlign } from "./tree.ts";
import { withLeaves } from "./withLeaves.ts";

/** A function's value and its directional derivative. All tensors belong to the caller. */
export type ValueAndTangent<Q extends Tree> = {
  /** f(params). */
  readonly value: Q;
  /** The Jacobian times the tangent: a tree like the value. */
  readonly tangent: Q;
};

/**
 * Jacobian-vector product: f(params), and its derivative along `tangent`. The pull-back u -> J^T u is linear, so its own
 * pull-back of the tangent is J tangent: two walks back instead of one forward, about the cost of three evaluations.
 * @param tangent a tree like params, a constant
 * @throws RangeError naming the path where the tangent does not fit, TypeError if something is not float32
 */
export const jvp = <P extends Tree, Q extends Tree>(f: (params: P) => Q, params: P, tangent: P): ValueAndTangent<Q> => {
  const entries = differentiable("jvp", params);
  differentiable("jvp", tangent);
  const directions = treeAlign("jvp", entries, tangent);
  registerRules();
  let shape: Q | undefined;
  try {
    const both = ownAll(() => {
      const fresh = entries.map(([, leaf]) => clone(leaf));
      const outer = record(() => {
        const inner = record(() => {
          shape = f(withLeaves(params, fresh));
          return differentiable("jvp", shape).map(([, leaf]) => leaf);
        });
        const cotangents = inner.result.map((y) => zerosLike(y));
        const pulled = backpropagate(inner.nodes, fresh, inner.result, cotangents);
        return { outputs: inner.result, cotangents, pulled };
      });
      const { outputs, cotangents, pulled } = outer.result;
      return [...outputs, ...backpropagate(outer.nodes, cotangents, pulled, directions)];
    });
    const count = both.length / 2;
    return { value: withLeaves(shape!, both.slice(0, count)), tangent: withLeaves(shape!, both.slice(count)) };
  } finally {
    releaseTape();
  }
};
