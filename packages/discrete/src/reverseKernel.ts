import type { Row } from "./table.ts";

/**
 * Writes p(x_s | x_t) of one coordinate, the mean of q(x_s | x_t, x_0) over a predicted distribution of x_0.
 * @param xt the class at t
 * @param x0 an array in which K probabilities of the clean class stand
 * @param at where they begin
 * @param out K numbers, all overwritten; their sum is that of the probabilities
 */
export type ReverseKernel = (xt: number, x0: ArrayLike<number>, at: number, out: Float64Array) => void;

/** p(x_s | x_t) of a row. Only sums of what is not negative: nothing cancels. */
export const reverseKernel =
  ({ ofXt, ofX0, uniform, uniformAtX0 }: Row, classes: number): ReverseKernel =>
  (xt, x0, at, out) => {
    const same = x0[at + xt]!;
    let other = 0;
    for (let k = 0; k < classes; k++) if (k !== xt) other += x0[at + k]!;
    const drawn = (uniform * other + uniformAtX0 * same) / classes;
    for (let k = 0; k < classes; k++) out[k] = drawn + ofX0 * x0[at + k]!;
    out[xt] = drawn + ofXt * other + (1 - uniformAtX0) * same;
  };
