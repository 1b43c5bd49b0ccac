import { posterior } from "./posterior.ts";
import { reverseKernel } from "./reverseKernel.ts";
import type { Row } from "./table.ts";

/**
 * KL( q(x_s | x_t, x_0) || p(x_s | x_t) ) of one coordinate in nats, float64.
 * @param prediction an array in which K probabilities of the clean class stand
 * @param at where they begin, default 0
 */
export type PosteriorKl = (xt: number, x0: number, prediction: ArrayLike<number>, at?: number) => number;

/**
 * The bound's term of a row, for one coordinate. In the move to clean data it is -log of the probability of x_0. 0 for an
 * exact prediction; Infinity where the prediction excludes what happens.
 */
export const posteriorKl = (row: Row, classes: number): PosteriorKl => {
  const truth = posterior(row, classes);
  const reverse = reverseKernel(row, classes);
  const p = new Float64Array(classes);
  return (xt, x0, prediction, at = 0) => {
    reverse(xt, prediction, at, p);
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const q = truth(k, xt, x0);
      if (q > 0) sum += q * Math.log(q / p[k]!);
    }
    return Math.max(0, sum);
  };
};
