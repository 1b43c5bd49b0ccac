import { type Tree, ops, own, treeMap, treeNorm } from "@nonmarkov/autodiff";
import type { Optimizer, Update } from "./optimizer.ts";

/**
 * Gradients whose norm over all leaves together exceeds `limit` are scaled down to that norm; others stay as they are.
 * @throws RangeError if limit is not positive
 */
export const clipByGlobalNorm = (limit: number): Optimizer<Record<string, never>> => {
  if (!(limit > 0)) throw new RangeError(`clipByGlobalNorm: limit must be positive, got ${limit}`);
  return {
    init: () => ({}),
    coefs: () => [],
    update: <P extends Tree>(grads: P): Update<P, Record<string, never>> =>
      own(() => {
        const scale = ops.div(limit, ops.maximum(treeNorm(grads), limit));
        return { updates: treeMap((g) => ops.mul(g, scale), grads), state: {} };
      }),
    rate: () => 1,
  };
};
