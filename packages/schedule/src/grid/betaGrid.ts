import { fail } from "../fail.ts";
import type { Schedule } from "../schedule.ts";
import { betaQuantile } from "./betaQuantile.ts";
import { type GridRange, spaced } from "./spaced.ts";

/** The options of {@link betaGrid}. */
export type BetaGridOptions = GridRange & {
  /** The distribution's first parameter, in (0, 100]; below 1 it gathers levels at sigmaMin; default 0.6. */
  readonly alpha?: number;
  /** Its second, likewise at sigmaMax; default 0.6. */
  readonly beta?: number;
};

/**
 * Levels at equidistant quantiles of a beta distribution, scaled to sigmaMin..sigmaMax: arXiv 2407.12173; `use_beta_sigmas`
 * of diffusers.
 * @returns S noise-to-signal ratios from sigmaMax down to sigmaMin, without the final 0; see `pathThrough` of samplers
 * @throws RangeError unless S is an integer >= 1, 0 < sigmaMin < sigmaMax < Infinity, and alpha and beta are in (0, 100]
 */
export const betaGrid = (
  schedule: Schedule,
  S: number,
  { alpha = 0.6, beta = 0.6, ...range }: BetaGridOptions = {},
): number[] => {
  for (const [name, value] of Object.entries({ alpha, beta }))
    if (!(value > 0 && value <= 100)) fail("betaGrid", `${name} must be in (0, 100]`, value, "0.6 is the usual value");
  return spaced("betaGrid", schedule, S, range, (u, min, max) => max - betaQuantile(u, beta, alpha) * (max - min));
};
