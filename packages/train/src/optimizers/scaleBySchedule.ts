import { type Tensor, type Tree, ops, own, treeMap } from "@nonmarkov/autodiff";
import type { Rate } from "../rates/rate.ts";
import type { Optimizer, Update } from "./optimizer.ts";

/**
 * Multiplies the updates by a rate, such as a warm-up: `chain(adam({ rate: 1 }), scaleBySchedule(warmup(500, 1e-3)))`.
 * The sign stays: `sgd` and `adam` have already turned gradients into descending updates.
 */
export const scaleBySchedule = (rate: Rate): Optimizer<Record<string, never>> => ({
  init: () => ({}),
  coefs: (step) => [rate(step)],
  update: <P extends Tree>(
    grads: P,
    _state: Record<string, never>,
    _params: P,
    [scale]: readonly Tensor[],
  ): Update<P, Record<string, never>> => own(() => ({ updates: treeMap((g) => ops.mul(g, scale!), grads), state: {} })),
  rate,
});
