import { checkMove, type Move } from "./move.ts";
import type { Schedule } from "./schedule.ts";
import { sigmaEta } from "./sigma.ts";

/** The Gaussian q(x_t | x_s, x_0): mean x0Coef x_0 + xsCoef x_s, variance sigma^2 I. */
export type ForwardKernel = {
  /** Factor of x_0: exactly 0 for eta = 1, where the process is Markovian. */
  readonly x0Coef: number;
  /** Factor of x_s. */
  readonly xsCoef: number;
  /** Standard deviation. */
  readonly sigma: number;
};

/**
 * q_sigma(x_t | x_s, x_0), eq. (8): how the non-Markovian process runs forwards, by Bayes from {@link posterior}. From
 * s = 0 it is the marginal. Written without cancelling subtractions.
 * @throws RangeError if the indices or sigma are out of range
 */
export const forwardKernel = (schedule: Schedule, move: Move): ForwardKernel => {
  const [abT, abS, sigma, rest] = checkMove("forwardKernel", schedule, move);
  if (abS === 1) return { x0Coef: Math.sqrt(abT), xsCoef: 0, sigma: Math.sqrt(1 - abT) };
  const xsCoef = Math.sqrt(rest * (1 - abT)) / (1 - abS);
  // sqrt(abT) - xsCoef sqrt(abS) as a difference of squares over a sum
  const markov = sigmaEta(abT, abS, 1);
  const squares = (abS * (1 - abT) * (sigma - markov) * (sigma + markov)) / (1 - abS) ** 2;
  const sum = Math.sqrt(abT) + xsCoef * Math.sqrt(abS);
  return {
    x0Coef: sum === 0 ? 0 : squares / sum,
    xsCoef,
    sigma: sigma * Math.sqrt((1 - abT) / (1 - abS)),
  };
};
