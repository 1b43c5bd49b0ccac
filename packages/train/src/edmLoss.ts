import { type Tree, ops, own } from "@nonmarkov/autodiff";
import { foldIn, normal, split } from "@nonmarkov/random";
import { checkBatch } from "./checkBatch.ts";
import { checkConditioning, classesOf, type Conditioning } from "./conditioning.ts";
import type { Applies, Batch, DiffusionExamples } from "./diffusionLoss.ts";
import { drawNoise } from "./drawNoise.ts";
import type { Loss } from "./loss.ts";
import { squaredErrors } from "./squaredErrors.ts";

/** What {@link edmLoss} is made of. */
export type EdmLossOptions<P extends Tree> = Conditioning & {
  /** The raw network F; instead of an index it is told `noise(sigma)`. */
  readonly net: Applies<P>;
  /** The shape of one row. */
  readonly shape: readonly number[];
  /** The standard deviation of the data, default 0.5 as in the paper. */
  readonly sigmaData?: number;
  /** How the network is told sigma, c_noise; default log(sigma)/4. */
  readonly noise?: (sigma: number) => number;
  /** The mean of log(sigma), P_mean; default -1.2. */
  readonly meanLogSigma?: number;
  /** The standard deviation of log(sigma), P_std; default 1.2. */
  readonly stdLogSigma?: number;
};

/**
 * The loss of Karras et al. (EDM, arXiv 2206.00364, eqs. (7) and (8)), without a schedule: sigma is log-normal, x = x0 +
 * sigma·eps, and the squared error of D(x) = c_skip·x + c_out·F(c_in·x; c_noise) weighs 1/c_out², so that it is
 *
 *     mean over rows and entries of  (F(c_in·x; c_noise) - (x0 - c_skip·x)/c_out)²
 *
 * Sample with `preconditioned` and `edmPreconditioning` of the samplers, given the same sigmaData and noise.
 *
 * Row i of a batch draws from a child of the key that depends on i alone.
 * @throws RangeError if sigmaData or stdLogSigma is not positive, meanLogSigma not finite or labelDropout out of range; in
 *   `prepare`, if the batch does not fit the shape or labels are missing; in `evaluate`, if the network's output has another
 *   shape than its input
 */
export const edmLoss = <P extends Tree>({
  net,
  shape,
  sigmaData = 0.5,
  noise = (sigma) => Math.log(sigma) / 4,
  meanLogSigma = -1.2,
  stdLogSigma = 1.2,
  ...conditioning
}: EdmLossOptions<P>): Loss<P, Batch, DiffusionExamples> => {
  for (const [name, value] of Object.entries({ sigmaData, stdLogSigma }))
    if (!(value > 0 && value < Infinity))
      throw new RangeError(`edmLoss: ${name} must be positive and finite, got ${value}`);
  if (!Number.isFinite(meanLogSigma)) throw new RangeError(`edmLoss: meanLogSigma must be finite, got ${meanLogSigma}`);
  checkConditioning("edmLoss", conditioning);
  const width = shape.reduce((product, n) => product * n, 1);
  return {
    prepare: (batch, key) => {
      checkBatch("edmLoss", batch, shape);
      const { x: x0, size } = batch;
      const [sigmaKey, noiseKey, labelKey] = split(key, 3);
      const labels = classesOf("edmLoss", batch, conditioning, labelKey!);
      const sigmas = Float64Array.from({ length: size }, (_, row) =>
        Math.exp(meanLogSigma + stdLogSigma * normal(foldIn(sigmaKey!, row), 1)[0]!),
      );
      const eps = drawNoise(noiseKey!, size, width);
      const shown = new Float32Array(size * width);
      const target = new Float32Array(size * width);
      for (let i = 0; i < shown.length; i++) {
        const sigma = sigmas[Math.floor(i / width)]!;
        const total = Math.hypot(sigma, sigmaData);
        shown[i] = (x0[i]! + sigma * eps[i]!) / total;
        // (x0 - c_skip·x)/c_out without its cancelling subtraction
        target[i] = ((sigma / total) * x0[i]! - (sigmaData / total) * sigmaData * eps[i]!) / sigmaData;
      }
      return own(() => ({
        xt: ops.tensor(shown, [size, ...shape]),
        t: ops.tensor(Float32Array.from(sigmas, noise), [size]),
        target: ops.tensor(target, [size, ...shape]),
        weights: ops.fill([size], 1 / (size * width)),
        ...(labels === undefined ? {} : { labels: ops.tensor(labels, [size], "int32") }),
      }));
    },
    evaluate: squaredErrors("edmLoss", net),
    isSumOfRows: true,
  };
};
