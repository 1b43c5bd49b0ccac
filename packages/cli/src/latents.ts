import { normalTensor, ops, type Tensor } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
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
