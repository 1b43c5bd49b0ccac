import { checkT } from "./checkT.ts";
import { fromLogSnr } from "./fromLogSnr.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The signal-to-noise ratio falls by a constant factor per step: logSnr linear in t, from logSnrStart at t = 1 to
 * logSnrEnd at t = T (the fixed schedule of variational diffusion models).
 * @param options T (default 1000), logSnrStart (default 10), logSnrEnd (default -10, at most logSnrStart)
 * @throws RangeError if T is not an integer >= 1, or the ends are unordered or not finite
 */
export const linearLogSnr = ({
  T = 1000,
  logSnrStart = 10,
  logSnrEnd = -10,
}: { readonly T?: number; readonly logSnrStart?: number; readonly logSnrEnd?: number } = {}): Schedule => {
  checkT("linearLogSnr", T);
  return fromLogSnr(
    Array.from({ length: T }, (_, i) => logSnrStart + (T > 1 ? i / (T - 1) : 0) * (logSnrEnd - logSnrStart)),
    "linearLogSnr",
  );
};
