import { type Tree, ops, treeDispose } from "@nonmarkov/autodiff";
import type { Optimizer, Update } from "@nonmarkov/train";

/** One update at a step, by hand. */
export const updateAt = <P extends Tree, S extends Tree>(
  optimizer: Optimizer<S>,
  { grads, state, params, step }: { grads: P; state: S; params: P; step: number },
): Update<P, S> => {
  const coefs = optimizer.coefs(step).map((c) => ops.scalar(c));
  const update = optimizer.update(grads, state, params, coefs);
  treeDispose(coefs);
  return update;
};
