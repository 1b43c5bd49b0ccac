import { checkMove, type Move } from "./move.ts";
import type { Schedule } from "./schedule.ts";

/** The Gaussian q(x_s | x_t, x_0): mean x0Coef x_0 + xtCoef x_t, variance sigma^2 I. */
export type Posterior = {
  /** Factor of x_0. */
  readonly x0Coef: number;
  /** Factor of x_t. */
  readonly xtCoef: number;
  /** Standard deviation. */
  readonly sigma: number;
};

/**
 * q_sigma(x_s | x_t, x_0), eq. (7), for any s < t and any admissible noise. Written without cancelling subtractions.
 * @throws RangeError if the indices or the noise are out of range
 */
export const posterior = (schedule: Schedule, move: Move): Posterior => {
  const { abT, abS, sigma, rest } = checkMove("posterior", schedule, move);
  if (abT === 1) return { x0Coef: 0, xtCoef: 1, sigma };
  const xtCoef = Math.sqrt(rest / (1 - abT));
  // sqrt(abS) - xtCoef sqrt(abT) as a difference of squares over a sum
  const x0Coef = (abS - abT + abT * sigma * sigma) / ((1 - abT) * (Math.sqrt(abS) + xtCoef * Math.sqrt(abT)));
  return { x0Coef, xtCoef, sigma };
};
