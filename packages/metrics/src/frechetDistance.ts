import { checkPair, type Features } from "./features.ts";
import type { Frechet } from "./frechet.ts";
import { frechetFromMoments } from "./frechetFromMoments.ts";
import { moments } from "./moments.ts";

/**
 * The Frechet distance of two feature sets: that of the Gaussians with their means and covariances, see
 * {@link frechetFromMoments}. With Inception features this is FID. The result is flagged as singular where n <= d.
 * @throws RangeError if a set has fewer than two vectors, their lengths differ, or a number is not finite
 */
export const frechetDistance = (x: Features, y: Features): Frechet => {
  checkPair("frechetDistance", x, y, 2);
  const result = frechetFromMoments(moments(x), moments(y));
  return { ...result, singular: result.singular || Math.min(x.n, y.n) <= x.d };
};
