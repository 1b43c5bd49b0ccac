import { type Tensor, type Tensor4D, avgPool, fill, matMul, mul, reshape, sum } from "@tensorflow/tfjs-core";

/** [before, middle, after] to its sum over the middle axis, [before, after], by the kernel that is fastest at it. */
export const sumMiddle = (x: Tensor): Tensor => {
  const [before, middle, after] = x.shape as [number, number, number];
  if (middle === 1) return reshape(x, [before, after]);
  if (after === 1) return reshape(sum(reshape(x, [before, middle]), 1), [before, 1]);
  if (before === 1) return matMul(fill([1, middle], 1), reshape(x, [middle, after]));
  return mul(poolMiddle(x), middle);
};

/** [before, middle, after] to its mean over the middle axis, [before, after]. */
export const meanMiddle = (x: Tensor): Tensor => {
  const [before, middle, after] = x.shape as [number, number, number];
  return before === 1 || after === 1 || middle === 1 ? mul(sumMiddle(x), 1 / middle) : poolMiddle(x);
};

/** Average pooling with one window over the whole axis: unlike sum, it needs no transposition. */
const poolMiddle = (x: Tensor): Tensor => {
  const [before, middle, after] = x.shape as [number, number, number];
  const images = reshape(x, [before, middle, 1, after]) as Tensor4D;
  return reshape(avgPool(images, [middle, 1], [middle, 1], "valid"), [before, after]);
};
