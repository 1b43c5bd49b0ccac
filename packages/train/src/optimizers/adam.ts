import { type Tensor, type Tree, ops, own, treeMap, treeZerosLike } from "@nonmarkov/autodiff";
import { type Rate, toRate } from "../rates/rate.ts";
import type { Optimizer, Update } from "./optimizer.ts";

/** What {@link adam} and {@link adamw} remember. */
export type AdamState = {
  /** The moving average of the gradients. */
  readonly mean: Tree;
  /** The moving average of their squares. */
  readonly square: Tree;
};

/** Settings of {@link adam}. */
export type AdamOptions = {
  /** Step size, default 0.001. */
  readonly rate?: number | Rate;
  /** Decay of the average of the gradients, in [0, 1), default 0.9. */
  readonly beta1?: number;
  /** Decay of the average of their squares, in [0, 1), default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the average square, positive, default 1e-8. */
  readonly epsilon?: number;
};

/**
 * Adam (Kingma & Ba, arXiv 1412.6980, algorithm 1): update = -rate mHat/(sqrt(vHat) + epsilon), with both averages
 * corrected for their start at zero; its t is `step + 1`.
 * @throws RangeError if a setting is out of range
 */
export const adam = ({
  rate = 1e-3,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions = {}): Optimizer<AdamState> => {
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`adam: ${name} must be in [0, 1), got ${beta}`);
  if (!(epsilon > 0)) throw new RangeError(`adam: epsilon must be positive, got ${epsilon}`);
  const rateAt = toRate(rate);
  return {
    init: (params) => ({ mean: treeZerosLike(params), square: treeZerosLike(params) }),
    // both corrections are moved to numbers: mHat/(sqrt(vHat) + epsilon) = m (root/c1)/(sqrt(v) + epsilon root)
    coefs: (step) => {
      const root = Math.sqrt(1 - beta2 ** (step + 1));
      return [(-rateAt(step) * root) / (1 - beta1 ** (step + 1)), epsilon * root];
    },
    update: <P extends Tree>(
      grads: P,
      state: AdamState,
      _params: P,
      [scale, floor]: readonly Tensor[],
    ): Update<P, AdamState> =>
      own(() => {
        const mean = treeMap((g, m) => ops.add(ops.mul(m, beta1), ops.mul(g, 1 - beta1)), grads, state.mean);
        const square = treeMap(
          (g, v) => ops.add(ops.mul(v, beta2), ops.mul(ops.square(g), 1 - beta2)),
          grads,
          state.square,
        );
        const updates = treeMap((m, v) => ops.div(ops.mul(m, scale!), ops.add(ops.sqrt(v), floor!)), mean, square);
        return { updates, state: { mean, square } };
      }),
    rate: rateAt,
  };
};
