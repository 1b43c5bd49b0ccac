import { checkFeatures, type Features } from "./features.ts";

/** Mean and covariance of a distribution. */
export type Moments = {
  /** d numbers. */
  readonly mean: Float64Array;
  /** d * d numbers, row-major, symmetric and positive semidefinite. */
  readonly covariance: Float64Array;
};

/**
 * Sample mean and covariance (with divisor n - 1) of features, in float64.
 * @throws RangeError if there are fewer than two rows, or the data do not fit or are not finite
 */
export const moments = (features: Features): Moments => {
  checkFeatures("moments", features, 2);
  const { n, d, data } = features;
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += data[i * d + j]! / n;
  const covariance = new Float64Array(d * d);
  const centred = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) centred[j] = data[i * d + j]! - mean[j]!;
    for (let j = 0; j < d; j++) {
      const scaled = centred[j]! / (n - 1);
      for (let k = j; k < d; k++) covariance[j * d + k]! += scaled * centred[k]!;
    }
  }
  for (let j = 0; j < d; j++) for (let k = 0; k < j; k++) covariance[j * d + k] = covariance[k * d + j]!;
  return { mean, covariance };
};
