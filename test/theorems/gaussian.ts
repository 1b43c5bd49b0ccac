/** log N(x; mean, sigma²) in one dimension. */
export const logNormal = (x: number, mean: number, sigma: number): number =>
  -(((x - mean) / sigma) ** 2) / 2 - Math.log(sigma) - Math.log(2 * Math.PI) / 2;

/**
 * log of a multivariate normal density, by Cholesky's factorisation of the covariance.
 * @throws RangeError if the covariance is not positive definite
 */
export const logMultivariateNormal = (
  x: readonly number[],
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
): number => {
  const n = x.length;
  const factor = covariance.map(() => new Float64Array(n));
  let log = (-n / 2) * Math.log(2 * Math.PI);
  const whitened = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = covariance[i]![j]!;
      for (let k = 0; k < j; k++) rest -= factor[i]![k]! * factor[j]![k]!;
      if (i === j && !(rest > 0))
        throw new RangeError(`logMultivariateNormal: pivot ${i} must be positive, got ${rest}`);
      factor[i]![j] = i === j ? Math.sqrt(rest) : rest / factor[j]![j]!;
    }
    let residual = x[i]! - mean[i]!;
    for (let k = 0; k < i; k++) residual -= factor[i]![k]! * whitened[k]!;
    whitened[i] = residual / factor[i]![i]!;
    log -= Math.log(factor[i]![i]!) + whitened[i]! ** 2 / 2;
  }
  return log;
};

/**
 * The expectation of a quadratic polynomial of n independent standard normal numbers: its mean over all signs, which
 * have the same means, variances and covariances.
 */
export const expectQuadratic = (n: number, f: (z: readonly number[]) => number): number => {
  let sum = 0;
  for (let signs = 0; signs < 2 ** n; signs++)
    sum += f(Array.from({ length: n }, (_, i) => ((signs >> i) & 1) * 2 - 1));
  return sum / 2 ** n;
};
