import { checkT } from "./checkT.ts";
import { fail } from "./fail.ts";
import { fromAlphaBar } from "./fromAlphaBar.ts";
import type { Schedule } from "./schedule.ts";

/** How a continuous schedule is tabulated. */
export type TabulateOptions = {
  /** Number of noise levels, at least 1. */
  readonly T: number;
  /** The largest beta of one step; default 1, no limit. */
  readonly maxBeta?: number;
  /** The schedule's name. */
  readonly name?: string;
};

/**
 * A continuous schedule tabulated at t/T: alphaBar[t] = f(t/T) / f(0), but never below (1 - maxBeta) alphaBar[t-1].
 * Where the betas increase, as in the cosine schedule, this is the usual clipping of betas at maxBeta.
 * @param f from time in [0, 1] to a positive number that does not increase; f(1) may be 0
 * @throws RangeError if T is not an integer >= 1, maxBeta is outside (0, 1], or the values are unordered or out of range
 */
export const fromAlphaBarFunction = (
  f: (time: number) => number,
  { T, maxBeta = 1, name = "function" }: TabulateOptions,
): Schedule => {
  checkT(name, T);
  if (!(maxBeta > 0 && maxBeta <= 1)) fail(name, "maxBeta must be in (0, 1]", maxBeta, "leave it out for no limit");
  let last = 1;
  return fromAlphaBar(
    Array.from({ length: T }, (_, i) => (last = Math.max(f((i + 1) / T) / f(0), (1 - maxBeta) * last))),
    name,
  );
};
