import { epsEta, maxSigma, sigmaEta } from "@nonmarkov/schedule";
import type { Move } from "./moves.ts";

/** How an ancestral step divides the noise at s: what the ODE leaves of the old, and what is new. */
export type AncestralNoise = {
  /** √(1 - alphaBarS - fresh²): √alphaBarS times k-diffusion's sigma_down. */
  readonly kept: number;
  /** Standard deviation of the fresh noise of (16), at most √(1 - alphaBarS): √alphaBarS times its sigma_up. */
  readonly fresh: number;
};

/** @throws RangeError unless eta is a number >= 0 */
export const checkEta = (where: string, eta: number): void => {
  if (!(eta >= 0 && eta < Infinity)) throw new RangeError(`${where}: eta must be >= 0 and finite, got ${eta}`);
};

/** The division that an eta makes, for a move to data; above the largest admissible eta all noise is fresh. */
export const ancestralNoise = ({ alphaBarT: abT, alphaBarS: abS }: Move, eta: number): AncestralNoise => {
  const kept = epsEta(abT, abS, eta);
  return Number.isNaN(kept) ? { kept: 0, fresh: maxSigma(abS) } : { kept, fresh: sigmaEta(abT, abS, eta) };
};
