import { type Tensor, add, fill } from "@tensorflow/tfjs-core";

/**
 * Broadcasts `x` to `shape`. The result is a new tensor: a sum with zeros, which backends that join elementwise kernels
 * (the recorded graphs of the engine) need not compute.
 */
export const expandTo = (x: Tensor, shape: readonly number[]): Tensor => add(fill([...shape], 0), x);
