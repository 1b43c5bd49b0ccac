import { checkPair, type Features } from "./features.ts";

/** (a.b/d + 1)^3 for the rows of d numbers that begin at i in x and at j in y. */
export const polynomialKernel = (x: Features["data"], i: number, y: Features["data"], j: number, d: number): number => {
  let dot = 0;
  for (let k = 0; k < d; k++) dot += x[i + k]! * y[j + k]!;
  return (dot / d + 1) ** 3;
};

/** The mean of the kernel over pairs of different rows of one set. */
const within = ({ n, d, data }: Features): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += polynomialKernel(data, i * d, data, j * d, d);
  return (2 * sum) / (n * (n - 1));
};

/** The mean of the kernel over all pairs of a row of x and a row of y. */
const across = (x: Features, y: Features): number => {
  const { d } = x;
  let sum = 0;
  for (let i = 0; i < x.n; i++) for (let j = 0; j < y.n; j++) sum += polynomialKernel(x.data, i * d, y.data, j * d, d);
  return sum / (x.n * y.n);
};

/**
 * The unbiased estimate of the squared maximum mean discrepancy under the kernel (a.b/d + 1)^3 (Binkowski et al. 2018):
 * 0 on average for two sets of one distribution, and therefore often negative.
 * @throws RangeError if a set has fewer than two vectors, their lengths differ, or a number is not finite
 */
export const polynomialMmd = (x: Features, y: Features): number => {
  checkPair("polynomialMmd", x, y, 2);
  return within(x) + within(y) - 2 * across(x, y);
};
