import { fail } from "./fail.ts";
import type { Schedule } from "./schedule.ts";
import { maxSigma } from "./sigma.ts";

/** One move of the reverse process with its fresh noise. */
export type Move = {
  /** Where it starts, 1..T. */
  readonly t: number;
  /** Where it ends, 0..t-1; default t - 1. */
  readonly s?: number;
  /** Standard deviation of the fresh noise, 0..{@link maxSigma} of s. */
  readonly sigma: number;
};

/** Checks a move and returns [alphaBar[t], alphaBar[s], sigma, 1 - alphaBar[s] - sigma^2]. */
export const checkMove = (
  where: string,
  { T, alphaBar }: Schedule,
  { t, s = t - 1, sigma }: Move,
): [abT: number, abS: number, sigma: number, rest: number] => {
  if (!Number.isInteger(t) || !Number.isInteger(s) || !(0 <= s && s < t && t <= T))
    fail(where, `0 <= s < t <= T = ${T} must be integers`, `t = ${t}, s = ${s}`);
  const abS = alphaBar[s]!;
  const most = maxSigma(abS);
  // a sigma that was computed may exceed the bound by a rounding error
  if (!(sigma >= 0 && sigma <= most * (1 + 1e-14))) fail(where, `sigma must be in [0, ${most}] for s = ${s}`, sigma);
  return [alphaBar[t]!, abS, sigma, Math.max(0, (most - sigma) * (most + sigma))];
};
