import type { Preconditioning } from "./preconditioning.ts";

/** What the coefficients depend on. */
export type EdmPreconditioningOptions = {
  /** The standard deviation of the data, default 0.5 as in the paper. */
  readonly sigmaData?: number;
  /** How the network is told sigma, default log(sigma)/4. */
  readonly noise?: (sigma: number, t: number) => number;
};

/**
 * EDM's own preconditioning: what the network is shown and what it should answer have unit variance at every noise level, and
 * its errors count as little as they can. With sigmaData = 1 it is v prediction up to its sign.
 * @throws RangeError unless sigmaData is positive and finite
 */
export const edmPreconditioning = ({
  sigmaData = 0.5,
  noise = (sigma) => Math.log(sigma) / 4,
}: EdmPreconditioningOptions = {}): Preconditioning => {
  if (!(sigmaData > 0 && sigmaData < Infinity))
    throw new RangeError(`edmPreconditioning: sigmaData must be positive and finite, got ${sigmaData}`);
  return (sigma, t) => {
    const total = Math.hypot(sigma, sigmaData);
    return {
      skip: (sigmaData / total) ** 2,
      output: (sigma / total) * sigmaData,
      input: 1 / total,
      noise: noise(sigma, t),
    };
  };
};
