import { checkMove, type Move } from "./move.ts";
import type { Schedule } from "./schedule.ts";

/** The Gaussian q(x_t | x_s, x_0): mean x0Coef x_0 + xsCoef x_s, variance sigma^2 I. */
export type ForwardKernel = {
  /** Factor of x_0: 0 for eta = 1, where the process is Markovian. */
  readonly x0Coef: number;
  /** Factor of x_s. */
  readonly xsCoef: number;
  /** Standard deviation. */
  readonly sigma: number;
};

/**
 * q_sigma(x_t | x_s, x_0), eq. (8): how the non-Markovian process runs forwards, by Bayes from {@link posterior}. From
 * s = 0 it is the marginal. Written without cancelling subtractions.
 * @throws RangeError if the indices or the noise are out of range
 */
export const forwardKernel = (schedule: Schedule, move: Move): ForwardKernel => {
  const { abT, abS, sigma, rest, excess } = checkMove("forwardKernel", schedule, move);
  if (abS === 1) return { x0Coef: Math.sqrt(abT), xsCoef: 0, sigma: Math.sqrt(1 - abT) };
  const xsCoef = Math.sqrt(rest * (1 - abT)) / (1 - abS);
  // sqrt(abT) - xsCoef sqrt(abS) as a difference of squares over a sum
  const sum = Math.sqrt(abT) + xsCoef * Math.sqrt(abS);
  const x0Coef = sum === 0 ? 0 : (abS * (1 - abT) * excess) / ((1 - abS) ** 2 * sum);
  return { x0Coef, xsCoef, sigma: sigma * Math.sqrt((1 - abT) / (1 - abS)) };
};
