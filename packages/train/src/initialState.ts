import { type Tree, own, treeClone } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import type { State } from "./state.ts";
import type { Training } from "./training.ts";

/**
 * The state before the first step: the moving average starts at the parameters.
 * @param params borrowed; the state has clones, and belongs to the caller
 * @param key the root of all randomness of the training
 */
export const initialState = <P extends Tree, S extends Tree, B, E extends Tree>(
  training: Training<P, S, B, E>,
  params: P,
  key: Key,
): State<P, S> => {
  const trees = own(() => ({
    params: treeClone(params),
    ema: treeClone(params),
    opt: training.optimizer.init(params),
  }));
  return { step: 0, ...trees, key };
};
