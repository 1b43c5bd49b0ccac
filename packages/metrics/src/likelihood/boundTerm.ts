import { checkLength, countRows, type Rows } from "../rows.ts";
import type { BoundStep } from "./boundSteps.ts";
import { discretizedGaussian } from "./discretizedGaussian.ts";
import { gaussianKl } from "./gaussianKl.ts";
import type { LogLikelihood } from "./logLikelihood.ts";
import type { DiagonalGaussian } from "./reverseGaussian.ts";

/** What a term of the bound is computed from. All is borrowed. */
export type BoundTermOptions = {
  /** Clean data, rows of dim numbers. */
  readonly x0: Rows;
  /** The same data noised to step.t. */
  readonly xt: Rows;
  /** What the model says of x_s, see {@link reverseGaussian}. */
  readonly model: Pick<DiagonalGaussian, "mean" | "logVariance">;
  /** Numbers per row. */
  readonly dim: number;
  /** The log-likelihood of x0 in the last term, default {@link discretizedGaussian} of 256 levels. */
  readonly decoder?: LogLikelihood;
};

/**
 * One term of the variational bound: KL(q(x_s | x_t, x0) || p(x_s | x_t)), or -log p(x0 | x_t) where s = 0.
 * @returns one number per row, in nats
 * @throws RangeError if the data are not whole, finite rows of one length, or not what the decoder is for
 */
export const boundTerm = (
  { s, x0Coef, xtCoef, logVariance }: BoundStep,
  { x0, xt, model, dim, decoder = discretizedGaussian() }: BoundTermOptions,
): Float64Array => {
  const nats = new Float64Array(countRows("boundTerm", "x0", x0, dim));
  checkLength("boundTerm", "xt", xt, x0.length);
  checkLength("boundTerm", "the model's mean", model.mean, x0.length);
  x0.forEach((value, i) => {
    const modelled = typeof model.logVariance === "number" ? model.logVariance : model.logVariance[i]!;
    nats[Math.floor(i / dim)]! +=
      s === 0
        ? -decoder(value, model.mean[i]!, modelled)
        : gaussianKl(x0Coef * value + xtCoef * xt[i]!, logVariance, model.mean[i]!, modelled);
  });
  return nats;
};
