import type { Denoiser } from "../denoiser.ts";
import { fail } from "../fail.ts";

/**
 * Takes a function of a signal level to a denoiser: `atIndex(empirical(...).x0, schedule.alphaBar)`.
 * @param alphaBar the squared signal levels, entry t for index t
 * @throws RangeError, when called, where t is not an index of `alphaBar`
 */
export const atIndex =
  (f: (x: Int32Array, alphaBar: number) => Float64Array, alphaBar: readonly number[]): Denoiser =>
  (x, t) =>
    f(x, alphaBar[t] ?? fail("atIndex", `t must be an integer in 0..${alphaBar.length - 1}`, t, "match the schedules"));
