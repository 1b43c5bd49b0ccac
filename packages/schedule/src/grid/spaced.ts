import { fail } from "../fail.ts";
import { noiseToSignal } from "../noiseToSignal.ts";
import type { Schedule } from "../schedule.ts";

/** Between which noise levels a grid lies. */
export type GridRange = {
  /** The noise-to-signal ratio of the last level, above 0; default the schedule's at t = 1. */
  readonly sigmaMin?: number;
  /** The noise-to-signal ratio of the first level, finite; default the schedule's at t = T. */
  readonly sigmaMax?: number;
};

/** @throws RangeError unless S is an integer >= 1 */
export const checkS = (where: string, S: number): void => {
  if (!Number.isInteger(S) || S < 1) fail(where, "S must be an integer >= 1", S, "S counts the levels visited");
};

/**
 * S levels from sigmaMax to sigmaMin, both met exactly, and `at` of the fractions 1/(S-1), 2/(S-1), ... between.
 * @throws RangeError unless S is an integer >= 1 and 0 < sigmaMin <= sigmaMax < Infinity, equal only where S = 1
 */
export const spaced = (
  where: string,
  { alphaBar, T }: Schedule,
  S: number,
  { sigmaMin = noiseToSignal(alphaBar[1]!), sigmaMax = noiseToSignal(alphaBar[T]!) }: GridRange,
  at: (fraction: number, sigmaMin: number, sigmaMax: number) => number,
): number[] => {
  checkS(where, S);
  if (!(sigmaMax < Infinity))
    fail(where, "sigmaMax must be finite", sigmaMax, "give one where the schedule ends in pure noise");
  if (!(sigmaMin > 0 && (sigmaMin < sigmaMax || (S === 1 && sigmaMin === sigmaMax))))
    fail(where, `sigmaMin must be above 0 and below sigmaMax = ${sigmaMax}`, sigmaMin, "give both");
  return Array.from({ length: S }, (_, i) => {
    if (i === 0) return sigmaMax;
    return i === S - 1 ? sigmaMin : at(i / (S - 1), sigmaMin, sigmaMax);
  });
};
