import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import type { Frechet } from "./frechet.ts";
import type { Moments } from "./moments.ts";

/** A matrix L with S = L L^T, and whether S is singular. */
const factor = (which: string, covariance: Float64Array, d: number): { root: Matrix; singular: boolean } => {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(d, d, covariance), {
    assumeSymmetric: true,
  });
  const largest = Math.max(...realEigenvalues);
  const smallest = Math.min(...realEigenvalues);
  if (smallest < -1e-8 * Math.abs(largest))
    throw new RangeError(
      `frechetFromMoments: the ${which} covariance must be positive semidefinite, got an eigenvalue of ${smallest}; compute it with moments`,
    );
  // below this an eigenvalue is a rounding error, and its square root would not be a small one
  const noise = d * Number.EPSILON * largest;
  return {
    root: eigenvectorMatrix.mulRowVector(realEigenvalues.map((value) => (value > noise ? Math.sqrt(value) : 0))),
    singular: smallest <= noise,
  };
};

const check = (which: string, { mean, covariance }: Moments, d: number): void => {
  if (mean.length !== d || covariance.length !== d * d)
    throw new RangeError(
      `frechetFromMoments: the ${which} moments must have d = ${d} and d * d numbers, got ${mean.length} and ${covariance.length}; use the same features for both`,
    );
  if (![mean, covariance].every((list) => list.every(Number.isFinite)))
    throw new RangeError(`frechetFromMoments: the ${which} moments must be finite, got others; check the features`);
  for (let j = 0; j < d; j++)
    for (let k = 0; k < j; k++) {
      const [a, b] = [covariance[j * d + k]!, covariance[k * d + j]!];
      if ((a - b) ** 2 > 1e-16 * Math.abs(covariance[j * d + j]! * covariance[k * d + k]!))
        throw new RangeError(
          `frechetFromMoments: the ${which} covariance must be symmetric, got ${a} and ${b} at ${j}, ${k}; average them`,
        );
    }
};

/**
 * The Frechet (2-Wasserstein, squared) distance of two Gaussians, |mu_1 - mu_2|^2 + tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2)).
 * With S_i = L_i L_i^T the last trace is the sum of the singular values of L_1^T L_2, which unlike the eigenvalues of
 * S_1 S_2 are not squared before they are computed.
 * @throws RangeError if the sizes differ, a number is not finite, or a covariance is not symmetric or not positive
 * semidefinite
 */
export const frechetFromMoments = (x: Moments, y: Moments): Frechet => {
  const d = x.mean.length;
  check("first", x, d);
  check("second", y, d);
  const a = factor("first", x.covariance, d);
  const b = factor("second", y.covariance, d);
  const singularValues = new SingularValueDecomposition(a.root.transpose().mmul(b.root), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  }).diagonal;
  const meanTerm = x.mean.reduce((sum, mu, j) => sum + (mu - y.mean[j]!) ** 2, 0);
  const traces = x.mean.reduce((sum, _, j) => sum + x.covariance[j * d + j]! + y.covariance[j * d + j]!, 0);
  const covarianceTerm = Math.max(0, traces - 2 * singularValues.reduce((sum, value) => sum + value, 0));
  return { distance: meanTerm + covarianceTerm, meanTerm, covarianceTerm, singular: a.singular || b.singular };
};
