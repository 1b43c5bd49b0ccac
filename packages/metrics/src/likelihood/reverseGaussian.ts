import { fromOutput, type Prediction } from "../prediction.ts";
import { checkLength, type Rows } from "../rows.ts";
import type { BoundStep } from "./boundSteps.ts";
import { type ModelVariance, processVariance } from "./modelVariance.ts";

/** What a network answers: its output, and what it says of the variance where it was trained to. */
export type DenoiserOutput = Rows | LearnedOutput;

/** The answer of a network with a learned variance. */
export type LearnedOutput = {
  /** What the network predicts. */
  readonly output: Rows;
  /** As many values, which a {@link ModelVariance} turns into log-variances. */
  readonly variance: Rows;
};

/** A diagonal Gaussian for each row. */
export type DiagonalGaussian = {
  /** The means, rows of numbers. */
  readonly mean: Float64Array;
  /** The log-variances, one for each mean, or one for all. */
  readonly logVariance: number | Rows;
  /** The predicted clean data that the means are made of. */
  readonly x0: Float64Array;
};

/** How an output becomes a Gaussian. */
export type ReverseGaussianOptions = {
  /** What the output means, default "eps"; "mean" is the mean of x_s itself, Ho's mu. */
  readonly prediction?: Prediction | "mean";
  /** Default {@link processVariance}. */
  readonly variance?: ModelVariance;
  /** Changes the predicted clean data, as by clipping it to [-1, 1]; default not at all. Not with "mean". */
  readonly mapX0?: (x0: Float64Array) => Float64Array;
};

const where = "reverseGaussian";

/**
 * The model's p(x_s | x_t), eq. (10): q(x_s | x_t, x0) with the predicted x0, and a variance of its own.
 * @param xt rows of numbers; borrowed
 * @param answer the network's at xt and step.t; borrowed
 * @throws RangeError if lengths differ, the output does not determine x0, the network gives no variance where one is
 * needed, or mapX0 would have no effect
 */
export const reverseGaussian = (
  step: BoundStep,
  xt: Rows,
  answer: DenoiserOutput,
  { prediction = "eps", variance = processVariance, mapX0 }: ReverseGaussianOptions = {},
): DiagonalGaussian => {
  const { output, variance: values } = "output" in answer ? answer : { output: answer, variance: undefined };
  checkLength(where, "the denoiser's output", output, xt.length);
  const logVariance = variance(step, values);
  if (typeof logVariance !== "number") checkLength(where, "the log-variance", logVariance, xt.length);
  const { x0Coef, xtCoef, alphaBarT } = step;
  if (prediction === "mean") {
    if (mapX0 !== undefined)
      throw new RangeError(
        `${where}: mapX0 must be left out for prediction "mean", got one; the mean is taken as it is`,
      );
    const x0 = Float64Array.from(output, (mean, i) => (mean - xtCoef * xt[i]!) / x0Coef);
    return { mean: Float64Array.from(output), logVariance, x0 };
  }
  const [fromX, fromOut] = fromOutput(where, prediction, "x0", alphaBarT);
  const predicted = Float64Array.from(output, (value, i) => fromX * xt[i]! + fromOut * value);
  const x0 = mapX0 === undefined ? predicted : mapX0(predicted);
  checkLength(where, "mapX0's result", x0, xt.length);
  return { mean: x0.map((value, i) => x0Coef * value + xtCoef * xt[i]!), logVariance, x0 };
};
