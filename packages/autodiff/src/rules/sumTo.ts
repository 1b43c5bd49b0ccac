import { type Tensor, clone, reshape, sum } from "@tensorflow/tfjs-core";
import { sumMiddle } from "../middle.ts";

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/**
 * The adjoint of broadcasting: sums `dy` down to `shape`, which must broadcast to dy's.
 * Never returns `dy` itself.
 */
export const sumTo = (dy: Tensor, shape: readonly number[]): Tensor => {
  const lead = dy.rank - shape.length;
  const padded = [...new Array<number>(lead).fill(1), ...shape];
  const axes = dy.shape.flatMap((n, i) => (n === padded[i] ? [] : [i]));
  if (axes.length === 0) return lead === 0 ? clone(dy) : reshape(dy, [...shape]);
  const from = axes[0]!;
  const to = axes[axes.length - 1]! + 1;
  if (padded.slice(from, to).some((n) => n !== 1)) return reshape(sum(dy, axes), [...shape]);
  const blocks = [dy.shape.slice(0, from), dy.shape.slice(from, to), dy.shape.slice(to)].map(product);
  return reshape(sumMiddle(reshape(dy, blocks)), [...shape]);
};
