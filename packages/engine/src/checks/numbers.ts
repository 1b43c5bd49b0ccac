import { tensor, type Tensor } from "@tensorflow/tfjs-core";

/** Small whole numbers without a pattern, for a tensor of this shape: sums of their products are exact in float32. */
export const numbers = (shape: readonly number[], seed: number): number[] =>
  Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (((i + seed) * 7919) % 11) - 5);

/** The same {@link numbers} as a tensor. */
export const filled = <T extends Tensor>(shape: readonly number[], seed: number): T =>
  tensor(numbers(shape, seed), [...shape]) as T;
