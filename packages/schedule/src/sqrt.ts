import { fromAlphaBarFunction } from "./fromAlphaBarFunction.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The square-root schedule of Diffusion-LM: alphaBar(u) = 1 - sqrt(u + s), divided by its value at 0.
 * @param options T (default 1000), s (default 1e-4), the noise at the start, maxBeta (default 0.999)
 * @throws RangeError if T is not an integer >= 1, maxBeta is outside (0, 1], or s is outside [0, 1)
 */
export const sqrt = ({
  T = 1000,
  s = 1e-4,
  maxBeta = 0.999,
}: { readonly T?: number; readonly s?: number; readonly maxBeta?: number } = {}): Schedule =>
  fromAlphaBarFunction((u) => Math.max(0, 1 - Math.sqrt(u + s)), { T, maxBeta, name: "sqrt" });
