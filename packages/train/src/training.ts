import type { Tree } from "@nonmarkov/autodiff";
import type { Loss } from "./loss.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { Rate } from "./rates/rate.ts";

/** How a network is trained: functions and settings, no tensors. */
export type Training<P extends Tree, S extends Tree, B> = {
  /** What is made small. */
  readonly loss: Loss<P, B>;
  /** How the parameters follow the gradients. */
  readonly optimizer: Optimizer<S>;
  /** The decay of the parameters' moving average at a step, default `ema()`. */
  readonly emaDecay?: Rate;
  /**
   * Whether the optimizer is given all parameters as one vector (default), which takes far fewer kernels, or the tree
   * as it is, for an optimizer that treats leaves differently. It decides the structure of the optimizer's state.
   */
  readonly flat?: boolean;
};
