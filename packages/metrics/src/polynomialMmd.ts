import { checkPair, type Features } from "./features.ts";

/** Sum of (a.b/d + 1)^3 over rows a of x and b of y; where both are the same set, over pairs of different rows. */
const kernelSum = (x: Features, y: Features): number => {
  const d = x.d;
  let sum = 0;
  for (let i = 0; i < x.n; i++) {
    for (let j = x === y ? i + 1 : 0; j < y.n; j++) {
      let dot = 0;
      for (let k = 0; k < d; k++) dot += x.data[i * d + k]! * y.data[j * d + k]!;
      sum += (dot / d + 1) ** 3;
    }
  }
  return x === y ? 2 * sum : sum;
};

/**
 * The unbiased estimate of the squared maximum mean discrepancy under the kernel (a.b/d + 1)^3 (Binkowski et al. 2018):
 * 0 on average for two sets of one distribution, and therefore often negative.
 * @throws RangeError if a set has fewer than two vectors, their lengths differ, or a number is not finite
 */
export const polynomialMmd = (x: Features, y: Features): number => {
  checkPair("polynomialMmd", x, y, 2);
  const copy = { ...y };
  return (
    kernelSum(x, x) / (x.n * (x.n - 1)) + kernelSum(y, y) / (y.n * (y.n - 1)) - (2 * kernelSum(x, copy)) / (x.n * y.n)
  );
};
