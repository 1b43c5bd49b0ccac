import { checkFeatures, type Features } from "./features.ts";
import { frechetFromMoments } from "./frechetFromMoments.ts";
import { groupOf, type Interval, jackknife } from "./jackknife.ts";
import { moments, type Moments } from "./moments.ts";

/** A Frechet distance with its uncertainty. */
export type FrechetInterval = Interval & {
  /** As in {@link Frechet}: there are too few samples for their dimension, and the distance is biased upwards. */
  readonly singular: boolean;
};

const without = ({ n, d, data }: Features, groups: number, group: number | undefined): Features => {
  if (group === undefined) return { n, d, data };
  const kept = Array.from({ length: n }, (_, i) => i).filter((i) => groupOf(i, groups) !== group);
  const rows = new Float64Array(kept.length * d);
  kept.forEach((i, row) => rows.set(data.subarray(i * d, (i + 1) * d), row * d));
  return { n: kept.length, d, data: rows };
};

/**
 * The Frechet distance of a sample to a reference whose moments are known, with its standard error by the jackknife. The
 * error is that of drawing the sample; the upward bias of few samples is in all of the values alike, so compare distances
 * of the same n only.
 * @param options groups of the jackknife, default 20
 * @throws RangeError if the sample has fewer rows than groups, its width is not the reference's, or
 * a number is not finite
 */
export const frechetInterval = (
  x: Features,
  reference: Moments,
  { groups = 20 }: { readonly groups?: number } = {},
): FrechetInterval => {
  checkFeatures("frechetInterval", x, Math.max(4, groups));
  const whole = frechetFromMoments(moments(x), reference);
  const interval = jackknife(groups, (group) =>
    group === undefined ? whole.distance : frechetFromMoments(moments(without(x, groups, group)), reference).distance,
  );
  return { ...interval, singular: whole.singular || x.n <= x.d };
};
