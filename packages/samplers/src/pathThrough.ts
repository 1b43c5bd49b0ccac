import { alphaBarFromNoiseToSignal, indexAt, type Schedule } from "@nonmarkov/schedule";
import type { Move } from "./moves.ts";

/** Where {@link pathThrough} ends, and what its indices are. */
export type PathThroughOptions = {
  /** "clean" adds a move from the last level to clean data, "last" ends at the last level; default "clean". */
  readonly end?: "clean" | "last";
  /**
   * Makes the index at which the network is evaluated of the exact one, such as Math.round or Math.floor for networks that
   * know only their training indices; default not at all. The noise levels stay what they are.
   */
  readonly round?: (t: number) => number;
};

/**
 * The path through a grid of noise levels, in their order, such as `karrasGrid` gives: moves whose alphaBar is exact and whose
 * index is what the schedule has there (see `indexAt`).
 * @param sigmas noise-to-signal ratios, falling; the first may be Infinity, the last 0, which is clean data
 * @throws RangeError unless the ratios fall from one to the next, stay above 0 but for the last, and make at least one move;
 * if `end` is neither, or `round` leaves 0..T
 */
export const pathThrough = (
  schedule: Schedule,
  sigmas: readonly number[],
  { end = "clean", round = (t) => t }: PathThroughOptions = {},
): readonly Move[] => {
  if (end !== "clean" && end !== "last")
    throw new RangeError(`pathThrough: end must be "clean" or "last", got ${JSON.stringify(end)}`);
  const stops = sigmas.map((sigma, i) => {
    if (!(sigma >= 0 && sigma <= Infinity && (i === 0 || sigma < sigmas[i - 1]!)))
      throw new RangeError(
        `pathThrough: sigmas must fall and be >= 0, got ${sigma} at ${i}${i === 0 ? "" : ` after ${sigmas[i - 1]}`}; list them from much noise to little`,
      );
    const alphaBar = alphaBarFromNoiseToSignal(sigma);
    const exact = indexAt(schedule, alphaBar);
    const t = alphaBar === 1 ? exact : round(exact);
    if (!(t >= 0 && t <= schedule.T))
      throw new RangeError(`pathThrough: round must stay in 0..T = ${schedule.T}, got ${t} for ${exact}`);
    return { t, alphaBar };
  });
  if (end === "clean" && sigmas.at(-1) !== 0) stops.push({ t: 0, alphaBar: 1 });
  if (stops.length < 2 || sigmas.length === 0)
    throw new RangeError(`pathThrough: there must be at least one move, got ${sigmas.length} sigmas; add levels`);
  return stops.slice(1).map(({ t: s, alphaBar: alphaBarS }, i) => {
    const { t, alphaBar: alphaBarT } = stops[i]!;
    return { t, s, alphaBarT, alphaBarS };
  });
};
