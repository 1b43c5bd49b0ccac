import { type Tensor, type Tree, ops, own, treeMap, treeZerosLike } from "@nonmarkov/autodiff";
import { type Rate, toRate } from "../rates/rate.ts";
import type { Optimizer, Update } from "./optimizer.ts";

/** What {@link sgd} remembers. */
export type SgdState = {
  /** The sum of past gradients, each multiplied by `momentum` once per step since; an empty tree without momentum. */
  readonly velocity: Tree;
};

/** Settings of {@link sgd}. */
export type SgdOptions = {
  /** Step size. */
  readonly rate: number | Rate;
  /** How much of the velocity survives a step, in [0, 1), default 0. */
  readonly momentum?: number;
};

/**
 * Gradient descent with heavy-ball momentum: velocity <- momentum velocity + gradient, update = -rate velocity.
 * @throws RangeError if momentum is not in [0, 1)
 */
export const sgd = ({ rate, momentum = 0 }: SgdOptions): Optimizer<SgdState> => {
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`sgd: momentum must be in [0, 1), got ${momentum}`);
  const rateAt = toRate(rate);
  return {
    init: (params) => ({ velocity: momentum === 0 ? {} : treeZerosLike(params) }),
    coefs: (step) => [-rateAt(step)],
    update: <P extends Tree>(grads: P, state: SgdState, _params: P, [scale]: readonly Tensor[]): Update<P, SgdState> =>
      own(() => {
        const velocity =
          momentum === 0 ? grads : treeMap((g, v) => ops.add(ops.mul(v, momentum), g), grads, state.velocity);
        return {
          updates: treeMap((v) => ops.mul(v, scale!), velocity),
          state: momentum === 0 ? state : { velocity },
        };
      }),
    rate: rateAt,
  };
};
