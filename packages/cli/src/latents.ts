import { normalTensor, ops, type Tensor } from "@nonmarkov/autodiff";
import { fillNormal, foldIn, type Key } from "@nonmarkov/random";
import { type Rows, sliceRows } from "./pictures/rows.ts";

/** Gaussian latents: that of sample i depends on the key and i alone. */
export const gaussianLatents =
  (key: Key, shape: readonly number[]) =>
  (first: number, count: number): Tensor =>
    normalTensor(key, [count, ...shape], first);

/** Given rows as the start of a run. */
export const givenLatents =
  (rows: Rows) =>
  (first: number, count: number): Tensor =>
    ops.tensor(sliceRows(rows, first, count).data.slice(), [count, ...rows.shape]);

/** The latents of samples 0 .. n - 1 as rows, to be changed before they are used. */
export const gaussianRows = (key: Key, shape: readonly number[], n: number): Rows => {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(n * size);
  for (let i = 0; i < n; i++) fillNormal(foldIn(key, i), data, i * size, size);
  return { n, shape, data };
};
