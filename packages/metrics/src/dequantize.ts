import { foldIn, type Key, uniform } from "@nonmarkov/random";
import { levelOf } from "./likelihood/levelOf.ts";
import { countRows, type Rows } from "./rows.ts";

/** What {@link dequantize} needs. */
export type DequantizeOptions = {
  /** Numbers per row. */
  readonly dim: number;
  /** Chooses the noise: row i draws from foldIn(key, firstIndex + i). */
  readonly key: Key;
  /** The index of the first row, default 0. */
  readonly firstIndex?: number;
  /** Number of levels, default 256. */
  readonly levels?: number;
};

/**
 * Makes a density comparable with the probability of levels: k/127.5 - 1 becomes (k + u)/128 - 1, u uniform on [0, 1).
 * By Jensen's inequality the mean of -log p(x) over u, in {@link bitsPerDim} with binWidth 1/128, bounds the bits of the
 * levels from above.
 * @param x0 levels k/127.5 - 1, k = 0..255; borrowed
 * @returns a new array of the same rows, in [-1, 1)
 * @throws RangeError if x0 is not whole rows of such levels
 */
export const dequantize = (x0: Rows, { dim, key, firstIndex = 0, levels = 256 }: DequantizeOptions): Float64Array => {
  const rows = countRows("dequantize", "x0", x0, dim);
  const out = new Float64Array(x0.length);
  for (let row = 0; row < rows; row++) {
    const u = uniform(foldIn(key, firstIndex + row), dim);
    for (let i = 0; i < dim; i++)
      out[row * dim + i] = (2 * (levelOf("dequantize", x0[row * dim + i]!, levels) + u[i]!)) / levels - 1;
  }
  return out;
};
