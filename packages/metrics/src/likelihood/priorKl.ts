import type { Schedule } from "@nonmarkov/schedule";
import { countRows, type Rows } from "../rows.ts";
import { gaussianKl } from "./gaussianKl.ts";

/**
 * KL(q(x_T | x0) || N(0, I)), the term of the bound that no network changes.
 * @param x0 rows of dim numbers; borrowed
 * @returns one number per row, in nats
 * @throws RangeError if x0 is not whole, finite rows
 */
export const priorKl = ({ alphaBar, T }: Schedule, x0: Rows, dim: number): Float64Array => {
  const ab = alphaBar[T]!;
  const kl = new Float64Array(countRows("priorKl", "x0", x0, dim));
  x0.forEach((value, i) => (kl[Math.floor(i / dim)]! += gaussianKl(Math.sqrt(ab) * value, Math.log1p(-ab), 0, 0)));
  return kl;
};
