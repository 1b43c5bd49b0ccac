import type { Rows } from "../pictures/rows.ts";

/** Mean and standard deviation of every pixel. */
export type PixelMoments = { readonly mean: Float64Array; readonly deviation: Float64Array };

/** The mean and the standard deviation (with divisor n) of every pixel of a set of images. */
export const pixelMoments = ({ n, shape, data }: Rows): PixelMoments => {
  const size = shape.reduce((a, b) => a * b, 1);
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let i = 0; i < n; i++) for (let j = 0; j < size; j++) mean[j]! += data[i * size + j]! / n;
  for (let i = 0; i < n; i++) for (let j = 0; j < size; j++) squares[j]! += (data[i * size + j]! - mean[j]!) ** 2 / n;
  return { mean, deviation: squares.map(Math.sqrt) };
};

/** The root mean square of the differences of two lists. */
export const rootMeanSquare = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
