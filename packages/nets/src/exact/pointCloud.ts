import type { ExactDenoiser } from "./exactDenoiser.ts";
import { mixture } from "./mixture.ts";
import { checkRows } from "./points.ts";
import type { Spectrum } from "./spectrum.ts";

/**
 * The exact denoiser of an empirical distribution: each of the points is equally likely. It is what a network that memorises
 * its training set would become. At alphaBar = 1 `x0` is the nearest point.
 * @param points rows of numbers, all of one length, such as typed arrays; copied
 * @throws RangeError where there are no points, or they are not finite rows of one length
 */
export const pointCloud = (points: readonly ArrayLike<number>[]): ExactDenoiser => {
  const dim = checkRows("pointCloud", "points", points);
  const spectrum: Spectrum = { variances: new Float64Array(dim) };
  const logWeight = -Math.log(points.length);
  return mixture(
    "pointCloud",
    dim,
    points.map((point) => ({ logWeight, mean: Float64Array.from(point), spectrum })),
  );
};
