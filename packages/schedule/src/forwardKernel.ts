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

/** sqrt(abT) - xsCoef sqrt(abS), for a given eta as a difference of squares over a sum: then it vanishes at eta = 1. */
const x0Coef = (abT: number, abS: number, xsCoef: number, eta: number | undefined): number => {
  if (eta === undefined) return Math.sqrt(abT) - xsCoef * Math.sqrt(abS);
  const sum = Math.sqrt(abT) + xsCoef * Math.sqrt(abS);
  return sum === 0 ? 0 : ((abS - abT) * (eta - 1) * (eta + 1)) / ((1 - abS) * sum);
};

/**
 * q_sigma(x_t | x_s, x_0), eq. (8): how the non-Markovian process runs forwards, by Bayes from {@link posterior}. From
 * s = 0 it is the marginal. Exact for a given eta; for a given sigma it keeps the marginals exactly.
 * @throws RangeError if the indices or the noise are out of range
 */
export const forwardKernel = (schedule: Schedule, move: Move): ForwardKernel => {
  const { abT, abS, sigma, rest } = checkMove("forwardKernel", schedule, move);
  if (abS === 1) return { x0Coef: Math.sqrt(abT), xsCoef: 0, sigma: Math.sqrt(1 - abT) };
  const xsCoef = Math.sqrt(rest * (1 - abT)) / (1 - abS);
  return {
    x0Coef: x0Coef(abT, abS, xsCoef, move.eta),
    xsCoef,
    sigma: sigma * Math.sqrt((1 - abT) / (1 - abS)),
  };
};
