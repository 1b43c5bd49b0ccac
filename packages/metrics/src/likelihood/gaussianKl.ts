/** exp(d) - 1 - d, by its power series where the difference would cancel. */
const excess = (d: number): number => {
  if (Math.abs(d) > 0.1) return Math.expm1(d) - d;
  let term = (d * d) / 2;
  let sum = 0;
  for (let n = 3; sum + term !== sum; n++) {
    sum += term;
    term *= d / n;
  }
  return sum;
};

/** KL(N(mean1, exp(logVariance1)) || N(mean2, exp(logVariance2))) of two Gaussians in one dimension, in nats. */
export const gaussianKl = (mean1: number, logVariance1: number, mean2: number, logVariance2: number): number =>
  (excess(logVariance1 - logVariance2) + (mean1 - mean2) ** 2 * Math.exp(-logVariance2)) / 2;
