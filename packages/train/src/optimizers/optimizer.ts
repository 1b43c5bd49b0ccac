import type { Tensor, Tree } from "@nonmarkov/autodiff";
import type { Rate } from "../rates/rate.ts";

/** What an optimizer answers; the caller owns both trees. */
export type Update<P extends Tree, S extends Tree> = {
  /** What has to be added to the parameters. */
  readonly updates: P;
  /** The optimizer's next state. */
  readonly state: S;
};

/**
 * A transform of gradients as pure functions. Those of trees borrow what they are given, and the caller owns what they
 * return. A transform's `updates` are the `grads` of the next one in a {@link chain}; the last one's are added to the
 * parameters.
 *
 * `update` is recorded and replayed: what depends on the step is a number of `coefs`, computed in float64, and comes to
 * `update` as a tensor. One update by hand is
 * `update(grads, state, params, coefs(step).map((c) => ops.scalar(c)))`.
 */
export type Optimizer<S extends Tree> = {
  /** The state before the first update. */
  readonly init: (params: Tree) => S;
  /** The numbers that `update` needs at a step, which counts from 0; equally many at all steps. */
  readonly coefs: (step: number) => readonly number[];
  /**
   * One update. Must be synchronous, and must not read the values of tensors.
   * @param grads a tree like the parameters
   * @param params the parameters at which the gradients were taken
   * @param coefs the step's `coefs`, float32 scalars
   */
  readonly update: <P extends Tree>(grads: P, state: S, params: P, coefs: readonly Tensor[]) => Update<P, S>;
  /** The product of all step sizes applied at a step, for the log: 1 for a transform that has none. */
  readonly rate: Rate;
};
