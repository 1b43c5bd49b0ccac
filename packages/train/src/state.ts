import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";

/**
 * Everything that training remembers, one value. What follows from it depends on nothing else: training that is stopped
 * and goes on from here is, bit for bit, training that was never stopped.
 */
export type State<P extends Tree, S extends Tree> = {
  /** How many steps have been made. */
  readonly step: number;
  /** The network's parameters. */
  readonly params: P;
  /** Their moving average, for sampling. */
  readonly ema: P;
  /** The optimizer's state. */
  readonly opt: S;
  /** The root of all randomness of this training; it never changes. */
  readonly key: Key;
};

/** Frees all tensors of a state. */
export const disposeState = (state: State<Tree, Tree>): void => treeDispose([state.params, state.ema, state.opt]);
