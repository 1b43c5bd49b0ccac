import { type BetaRange, betaRange } from "./betaRange.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Betas linear in t: the schedule of Ho et al. and of the DDIM paper.
 * @param options betaStart (default 1e-4) and betaEnd (default 0.02) belong to T = 1000; for a smaller T raise them
 * @throws RangeError if T is not an integer >= 1 or a beta is outside [0, 1]
 */
export const linear = ({ T = 1000, betaStart = 1e-4, betaEnd = 0.02 }: BetaRange = {}): Schedule =>
  betaRange("linear", T, (u) => betaStart + u * (betaEnd - betaStart));
