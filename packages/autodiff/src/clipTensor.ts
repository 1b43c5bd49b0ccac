import { type Tensor, clipByValue } from "@tensorflow/tfjs-core";

/**
 * Clips predicted clean data to -limit..limit, for tensors. What it returns borrows x0 and hands over a new tensor.
 * @throws RangeError unless limit > 0
 */
export const clipTensor = (limit: number = 1): ((x0: Tensor) => Tensor) => {
  if (!(limit > 0)) throw new RangeError(`clipTensor: limit must be > 0, got ${limit}`);
  return (x0) => clipByValue(x0, -limit, limit);
};
