import { fail } from "../fail.ts";
import type { Schedule } from "../schedule.ts";
import { type GridRange, spaced } from "./spaced.ts";

/** The options of {@link karrasGrid}. */
export type KarrasGridOptions = GridRange & {
  /** How much denser the levels are where there is little noise: 1 is uniform in sigma; default 7. */
  readonly rho?: number;
};

/**
 * Levels whose 1/rho-th powers are equidistant: arXiv 2206.00364, eq. (5); `use_karras_sigmas` of diffusers.
 * @returns S noise-to-signal ratios from sigmaMax down to sigmaMin, without the final 0; see `pathThrough` of samplers
 * @throws RangeError unless S is an integer >= 1, 0 < sigmaMin < sigmaMax < Infinity and rho > 0 is finite
 */
export const karrasGrid = (schedule: Schedule, S: number, { rho = 7, ...range }: KarrasGridOptions = {}): number[] => {
  if (!(rho > 0 && rho < Infinity)) fail("karrasGrid", "rho must be above 0 and finite", rho, "7 is the usual value");
  return spaced("karrasGrid", schedule, S, range, (u, min, max) => {
    const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
    return (from + u * (to - from)) ** rho;
  });
};
