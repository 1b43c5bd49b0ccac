import { checkT } from "./checkT.ts";
import { fromBetas } from "./fromBetas.ts";
import type { Schedule } from "./schedule.ts";

/** Schedules whose betas run between two values. */
export type BetaRange = {
  /** Number of noise levels, default 1000. */
  readonly T?: number;
  /** Variance added by the first step, within (0, 1). */
  readonly betaStart?: number;
  /** Variance added by the last step, within (0, 1). */
  readonly betaEnd?: number;
};

/** The schedule of beta(fraction), fraction = 0 at t = 1 and 1 at t = T. */
export const betaRange = (name: string, T: number, beta: (fraction: number) => number): Schedule => {
  checkT(name, T);
  return fromBetas(
    Array.from({ length: T }, (_, i) => beta(T > 1 ? i / (T - 1) : 0)),
    name,
  );
};
