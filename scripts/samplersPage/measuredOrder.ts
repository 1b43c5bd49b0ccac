import type { Measured } from "./measure.ts";

/** Below this the reference and rounding count as well. */
const least = 1e-9;

/** The slope of log error against log evaluations between the last three points, negated; undefined where there is none. */
export const measuredOrder = ({ points }: Measured): number | undefined => {
  const last = points
    .flatMap(({ evaluations, error }) =>
      error !== null && error > least ? [{ x: Math.log(evaluations), y: Math.log(error) }] : [],
    )
    .slice(-3);
  if (last.length < 3) return undefined;
  return (last[0]!.y - last.at(-1)!.y) / (last.at(-1)!.x - last[0]!.x);
};
