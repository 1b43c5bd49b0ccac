import { type BetaRange, betaRange } from "./betaRange.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Betas along a logistic curve from -6 to 6 (GeoDiff, and the DDIM authors' code).
 * @param options betaStart (default 1e-4) and betaEnd (default 0.02), the curve's limits
 * @throws RangeError if T is not an integer >= 1 or a beta is outside [0, 1]
 */
export const sigmoid = ({ T = 1000, betaStart = 1e-4, betaEnd = 0.02 }: BetaRange = {}): Schedule =>
  betaRange("sigmoid", T, (u) => betaStart + (betaEnd - betaStart) / (1 + Math.exp(6 - 12 * u)));
