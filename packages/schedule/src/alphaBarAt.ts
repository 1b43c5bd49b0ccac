import { fail } from "./fail.ts";
import { lambdaGap } from "./lambdaGap.ts";
import { alphaBarFromNoiseToSignal, noiseToSignal } from "./noiseToSignal.ts";
import type { Schedule } from "./schedule.ts";

/** How {@link alphaBarAt} reads a schedule between two indices. */
export type InterpolateOptions = {
  /**
   * What is linear in t: the noise-to-signal ratio ("sigma"; diffusers' Euler and Heun with linspace spacing), or its log
   * ("log-sigma", the inverse of `indexAt`). Default "log-sigma".
   */
  readonly interpolate?: "sigma" | "log-sigma";
};

/**
 * alphaBar at an index that need not be an integer; at integers it is the schedule's own.
 * @param t within 0..T
 * @throws RangeError if t is outside 0..T, or lies strictly beside a level between which and its neighbour nothing is
 * determined: clean data in the log, an infinite ratio either way
 */
export const alphaBarAt = (
  { alphaBar, T }: Schedule,
  t: number,
  { interpolate = "log-sigma" }: InterpolateOptions = {},
): number => {
  if (!(t >= 0 && t <= T)) fail("alphaBarAt", `t must be in 0..T = ${T}`, t, "index as in the paper");
  if (interpolate !== "sigma" && interpolate !== "log-sigma")
    fail("alphaBarAt", `interpolate must be "sigma" or "log-sigma"`, JSON.stringify(interpolate), "leave it out");
  const below = Math.floor(t);
  const part = t - below;
  const abLess = alphaBar[below]!;
  if (part === 0 || alphaBar[below + 1] === abLess) return abLess;
  const ab = alphaBar[below + 1]!;
  if (ab === 0 || (abLess === 1 && interpolate === "log-sigma"))
    fail("alphaBarAt", `nothing is determined between t = ${below} and ${below + 1}`, t, "take one of the two");
  if (interpolate === "sigma")
    return alphaBarFromNoiseToSignal((1 - part) * noiseToSignal(abLess) + part * noiseToSignal(ab));
  return abLess / (1 + Math.expm1(2 * part * lambdaGap(ab, abLess)) * (1 - abLess));
};
