import { fail } from "./fail.ts";
import type { Schedule } from "./schedule.ts";
import { epsEta, maxSigma, sigmaEta } from "./sigma.ts";

/** One move of the reverse process with its fresh noise, given by its standard deviation or by eta. */
export type Move = {
  /** Where it starts, 1..T. */
  readonly t: number;
  /** Where it ends, 0..t-1; default t - 1. */
  readonly s?: number;
} & (
  | {
      /** Standard deviation of the fresh noise, 0..{@link maxSigma} of s. */
      readonly sigma: number;
      /** Left out where sigma is given. */
      readonly eta?: never;
    }
  | {
      /** The fresh noise as in (16), see {@link sigmaEta}; exact where sigma comes close to its maximum. */
      readonly eta: number;
      /** Left out where eta is given. */
      readonly sigma?: never;
    }
);

/** A move that was checked, in terms of alphaBar. */
export type CheckedMove = {
  /** alphaBar[t]. */
  readonly abT: number;
  /** alphaBar[s]. */
  readonly abS: number;
  /** Standard deviation of the fresh noise. */
  readonly sigma: number;
  /** 1 - alphaBar[s] - sigma^2. */
  readonly rest: number;
};

/** @throws RangeError if the indices or the noise are out of range */
export const checkMove = (
  where: string,
  { T, alphaBar }: Schedule,
  { t, s = t - 1, sigma, eta }: Move,
): CheckedMove => {
  if (!Number.isInteger(t) || !Number.isInteger(s) || !(0 <= s && s < t && t <= T))
    fail(where, `0 <= s < t <= T = ${T} must be integers`, `t = ${t}, s = ${s}`, "index as in the paper");
  const abT = alphaBar[t]!;
  const abS = alphaBar[s]!;
  const most = maxSigma(abS);
  const noise = sigma ?? sigmaEta(abT, abS, eta!);
  // noise that was computed may exceed the bound by a rounding error
  if (!(noise >= 0 && noise <= most * (1 + 1e-14)))
    fail(where, `sigma must be in [0, ${most}] for s = ${s}`, noise, "see sigmaEta");
  return {
    abT,
    abS,
    sigma: noise,
    rest: eta === undefined ? Math.max(0, (most - noise) * (most + noise)) : epsEta(abT, abS, eta) ** 2 || 0,
  };
};
