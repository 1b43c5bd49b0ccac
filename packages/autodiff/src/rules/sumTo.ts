import { type Tensor, clone, matMul, ones, reshape, sum } from "@tensorflow/tfjs-core";

/**
 * The adjoint of broadcasting: sums `dy` down to `shape`, which must broadcast to dy's.
 * Never returns `dy` itself.
 */
export const sumTo = (dy: Tensor, shape: readonly number[]): Tensor => {
  const lead = dy.rank - shape.length;
  const padded = [...new Array<number>(lead).fill(1), ...shape];
  const axes = dy.shape.flatMap((n, i) => (n !== padded[i] ? [i] : []));
  if (axes.length === 0) return lead === 0 ? clone(dy) : reshape(dy, [...shape]);
  const from = axes[0]!;
  const to = axes[axes.length - 1]! + 1;
  const consecutive = padded.slice(from, to).every((n) => n === 1);
  if (!consecutive) return reshape(sum(dy, axes), [...shape]);
  const before = product(dy.shape.slice(0, from));
  const middle = product(dy.shape.slice(from, to));
  const after = product(dy.shape.slice(to));
  if (after === 1) return reshape(sum(reshape(dy, [before, middle]), 1), [...shape]);
  if (before === 1) return reshape(matMul(ones([1, middle]), reshape(dy, [middle, after])), [...shape]);
  return reshape(sum(reshape(dy, [before, middle, after]), 1), [...shape]);
};

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
