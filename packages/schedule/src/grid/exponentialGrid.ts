import type { Schedule } from "../schedule.ts";
import { type GridRange, spaced } from "./spaced.ts";

/**
 * Levels in geometric progression, equidistant in logSnr: `use_exponential_sigmas` of diffusers, and what its
 * `use_lu_lambdas` comes to.
 * @returns S noise-to-signal ratios from sigmaMax down to sigmaMin, without the final 0; see `pathThrough` of samplers
 * @throws RangeError unless S is an integer >= 1 and 0 < sigmaMin < sigmaMax < Infinity
 */
export const exponentialGrid = (schedule: Schedule, S: number, range: GridRange = {}): number[] =>
  spaced("exponentialGrid", schedule, S, range, (u, min, max) => max * (min / max) ** u);
