import { fromAlphaBarFunction } from "./fromAlphaBarFunction.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The cosine schedule of Nichol and Dhariwal: alphaBar(u) = cos^2((u + s)/(1 + s) pi/2), divided by its value at 0. The
 * cosine is written as the sine of the complement, which is exact at u = 1.
 * @param options T (default 1000), s (default 0.008) against too little noise at the start, maxBeta (default 0.999; 1
 * gives zero terminal SNR)
 * @throws RangeError if T is not an integer >= 1, maxBeta is outside (0, 1], or s makes alphaBar increase
 */
export const cosine = ({
  T = 1000,
  s = 0.008,
  maxBeta = 0.999,
}: { readonly T?: number; readonly s?: number; readonly maxBeta?: number } = {}): Schedule =>
  fromAlphaBarFunction((u) => Math.sin(((1 - u) / (1 + s)) * (Math.PI / 2)) ** 2, { T, maxBeta, name: "cosine" });
