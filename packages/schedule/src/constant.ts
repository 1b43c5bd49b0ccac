import { betaRange } from "./betaRange.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The same beta at every step (`const` in the DDIM authors' code).
 * @param options T (default 1000) and beta (default 0.02)
 * @throws RangeError if T is not an integer >= 1 or beta is outside [0, 1)
 */
export const constant = ({ T = 1000, beta = 0.02 }: { readonly T?: number; readonly beta?: number } = {}): Schedule =>
  betaRange("constant", T, () => beta);
