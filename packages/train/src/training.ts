import type { Tree } from "@nonmarkov/autodiff";
import type { Loss } from "./loss.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { Rate } from "./rates/rate.ts";

/**
 * How a network with parameters P is trained on batches B: functions and settings, no tensors. The optimizer's state is
 * S, the loss makes examples E of a batch.
 */
export type Training<P extends Tree, S extends Tree, B, E extends Tree> = {
  /** What is made small. */
  readonly loss: Loss<P, B, E>;
  /** How the parameters follow the gradients. */
  readonly optimizer: Optimizer<S>;
  /** The decay of the parameters' moving average at a step, default `ema()`. */
  readonly emaDecay?: Rate;
};
