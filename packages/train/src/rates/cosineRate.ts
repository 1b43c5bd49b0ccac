import type { Rate } from "./rate.ts";

/**
 * Half a cosine wave from `from` at step 0 down to `to` at step `steps`, and `to` from there on.
 * @param to default 0
 * @throws RangeError if steps is not a positive integer
 */
export const cosineRate = ({
  from,
  to = 0,
  steps,
}: {
  readonly from: number;
  readonly to?: number;
  readonly steps: number;
}): Rate => {
  if (!(Number.isInteger(steps) && steps > 0))
    throw new RangeError(`cosineRate: steps must be a positive integer, got ${steps}`);
  return (step) => to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)))) / 2;
};
