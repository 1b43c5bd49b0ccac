import type { Tree } from "@nonmarkov/autodiff";
import type { Rate } from "../rates/rate.ts";

/** What an optimizer answers; the caller owns both trees. */
export type Update<P extends Tree, S extends Tree> = {
  /** What has to be added to the parameters. */
  readonly updates: P;
  /** The optimizer's next state. */
  readonly state: S;
};

/**
 * A transform of gradients as two pure functions over trees. Both borrow what they are given, and the caller owns what
 * they return. A transform's `updates` are the `grads` of the next one in a {@link chain}; the last one's are added to
 * the parameters.
 */
export type Optimizer<S extends Tree> = {
  /** The state before the first update. */
  readonly init: (params: Tree) => S;
  /**
   * One update.
   * @param grads a tree like the parameters
   * @param params the parameters at which the gradients were taken
   * @param step counts from 0
   */
  readonly update: <P extends Tree>(grads: P, state: S, params: P, step: number) => Update<P, S>;
  /** The product of all step sizes applied at a step, for the log: 1 for a transform that has none. */
  readonly rate: Rate;
};
