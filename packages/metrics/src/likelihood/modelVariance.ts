import type { Rows } from "../rows.ts";
import type { BoundStep } from "./boundSteps.ts";

/**
 * The log-variance of a model's p(x_s | x_t): one number, or one for each number of the rows.
 * @param values what the network says of it, where it says something; borrowed
 */
export type ModelVariance = (step: BoundStep, values: Rows | undefined) => number | Rows;

const needed = (where: string, values: Rows | undefined): Rows => {
  if (values === undefined)
    throw new RangeError(
      `${where}: the denoiser must answer { output, variance }, got an output alone; take processVariance or largeVariance`,
    );
  return values;
};

/** The variance of the process itself: Ho's small variance for eta = 1. */
export const processVariance: ModelVariance = ({ logVariance }) => logVariance;

/** sigma-hat squared, Ho's large variance beta_t; at s = 0 the decoder's. */
export const largeVariance: ModelVariance = ({ s, logVariance, logBeta }) => (s === 0 ? logVariance : logBeta);

/** The network's values are log-variances. */
export const learnedVariance: ModelVariance = (_, values) => needed("learnedVariance", values);

/**
 * The network's values choose between the process's variance (at -1) and beta (at 1), in the logarithm: Nichol and Dhariwal,
 * eq. (15).
 */
export const learnedRangeVariance: ModelVariance = ({ logVariance, logBeta }, values) =>
  Float64Array.from(needed("learnedRangeVariance", values), (v) => (logBeta * (1 + v) + logVariance * (1 - v)) / 2);
