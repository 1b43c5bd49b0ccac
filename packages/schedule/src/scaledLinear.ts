import { type BetaRange, betaRange } from "./betaRange.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Square roots of the betas linear in t: the schedule of latent diffusion, `quad` in the DDIM authors' code.
 * @param options betaStart (default 0.00085) and betaEnd (default 0.012) belong to T = 1000
 * @throws RangeError if T is not an integer >= 1 or a beta is outside [0, 1]
 */
export const scaledLinear = ({ T = 1000, betaStart = 0.00085, betaEnd = 0.012 }: BetaRange = {}): Schedule =>
  betaRange("scaledLinear", T, (u) => (Math.sqrt(betaStart) + u * (Math.sqrt(betaEnd) - Math.sqrt(betaStart))) ** 2);
