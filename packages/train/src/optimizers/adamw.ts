import { type Tensor, type Tree, ops, own, treeMap } from "@nonmarkov/autodiff";
import { toRate } from "../rates/rate.ts";
import { type AdamOptions, type AdamState, adam } from "./adam.ts";
import type { Optimizer, Update } from "./optimizer.ts";

/** Settings of {@link adamw}. */
export type AdamwOptions = AdamOptions & {
  /** How much of a parameter decays per step, as a share of the rate; at least 0, default 0.01. */
  readonly decay?: number;
};

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2), the decay multiplied by the
 * rate as in PyTorch: the update of {@link adam} minus rate decay params.
 * @throws RangeError if a setting is out of range
 */
export const adamw = ({ decay = 0.01, rate = 1e-3, ...options }: AdamwOptions = {}): Optimizer<AdamState> => {
  if (!(decay >= 0)) throw new RangeError(`adamw: decay must be at least 0, got ${decay}`);
  const inner = adam({ ...options, rate });
  const rateAt = toRate(rate);
  return {
    init: inner.init,
    coefs: (step) => [-rateAt(step) * decay, ...inner.coefs(step)],
    update: <P extends Tree>(
      grads: P,
      state: AdamState,
      params: P,
      [shrink, ...coefs]: readonly Tensor[],
    ): Update<P, AdamState> =>
      own(() => {
        const next = inner.update(grads, state, params, coefs);
        return { updates: treeMap((u, p) => ops.add(u, ops.mul(p, shrink!)), next.updates, params), state: next.state };
      }),
    rate: rateAt,
  };
};
