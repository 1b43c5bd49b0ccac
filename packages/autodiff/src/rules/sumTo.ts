import { type Tensor, clone, reshape, sum } from "@tensorflow/tfjs-core";

/**
 * The adjoint of broadcasting: sums `dy` down to `shape`, which must broadcast to dy's.
 * Never returns `dy` itself.
 */
export const sumTo = (dy: Tensor, shape: readonly number[]): Tensor => {
  const lead = dy.rank - shape.length;
  const padded = [...new Array<number>(lead).fill(1), ...shape];
  const axes = dy.shape.flatMap((n, i) => (n === padded[i] ? [] : [i]));
  if (axes.length === 0) return lead === 0 ? clone(dy) : reshape(dy, [...shape]);
  return reshape(sum(dy, axes), [...shape]);
};
