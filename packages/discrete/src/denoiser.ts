/**
 * Predicts the distribution of the clean classes from x at index t (1..T, one number for the whole batch): of each
 * coordinate K probabilities, [rows, dims, K] row-major. Borrows x.
 */
export type Denoiser = (x: Int32Array, t: number) => ArrayLike<number> | Promise<ArrayLike<number>>;
