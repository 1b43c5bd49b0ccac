import { fromAlphaBar } from "./fromAlphaBar.ts";
import { alphaBarFromLogSnr } from "./logSnr.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A schedule from its log signal-to-noise ratios.
 * @param logSnrs entries t = 1..T, never increasing; the last may be -Infinity
 * @throws RangeError if they increase, are not numbers, or lie below the range of float64
 */
export const fromLogSnr = (logSnrs: readonly number[], name: string = "logSnr"): Schedule =>
  fromAlphaBar(logSnrs.map(alphaBarFromLogSnr), name);
