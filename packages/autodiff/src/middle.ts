import { type Tensor, type Tensor4D, avgPool, mul, reshape, sum } from "@tensorflow/tfjs-core";

type Blocks = readonly [before: number, middle: number, after: number];

/** Longer windows are pooled in two goes: more accurate, and more to do at a time on a GPU. */
const longWindow = 256;

/** The divisor of n that is closest to its square root from below. */
const middleDivisor = (n: number): number => {
  let divisor = Math.floor(Math.sqrt(n));
  while (n % divisor !== 0) divisor--;
  return divisor;
};

/** The mean over the middle axis by average pooling over windows that span it: unlike sum, it needs no transposition. */
const pool = (x: Tensor, [before, middle, after]: Blocks): Tensor => {
  const window = middle > longWindow ? middle / middleDivisor(middle) : middle;
  const images = reshape(x, [before, middle, 1, after]) as Tensor4D;
  const means = avgPool(images, [window, 1], [window, 1], "valid");
  return window === middle ? reshape(means, [before, after]) : pool(means, [before, middle / window, after]);
};

/** [before, middle, after] to its sum over the middle axis, [before, after], by the kernel that is fastest at it. */
export const sumMiddle = (x: Tensor): Tensor => {
  const [before, middle, after] = x.shape as [number, number, number];
  if (middle === 1) return reshape(x, [before, after]);
  if (after === 1) return reshape(sum(reshape(x, [before, middle]), 1), [before, 1]);
  return mul(pool(x, [before, middle, after]), middle);
};

/** [before, middle, after] to its mean over the middle axis, [before, after]. */
export const meanMiddle = (x: Tensor): Tensor => {
  const [before, middle, after] = x.shape as [number, number, number];
  return after === 1 || middle === 1 ? mul(sumMiddle(x), 1 / middle) : pool(x, [before, middle, after]);
};
