import { marginal } from "./marginal.ts";
import { posterior } from "./posterior.ts";
import type { Row } from "./table.ts";

/** The probability of a class at the noisy end, given that at the other end and the clean class. */
export type ForwardKernel = (xt: number, xs: number, x0: number) => number;

/**
 * q(x_t | x_s, x_0) of a row by Bayes: how its process runs forwards. It looks at x_0, so the process is not Markovian; only
 * a row of `multinomial` gives the same for every x_0. From clean data, and where x_s is impossible, it is the marginal.
 */
export const forwardKernel = (row: Row, classes: number): ForwardKernel => {
  const reverse = posterior(row, classes);
  const atT = marginal(row.alphaBarT, classes);
  const atS = marginal(row.alphaBarS, classes);
  return (xt, xs, x0) => {
    const possible = atS(xs, x0);
    return possible === 0 ? atT(xt, x0) : (reverse(xs, xt, x0) * atT(xt, x0)) / possible;
  };
};
