import { fail } from "./fail.ts";
import { posterior } from "./posterior.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The weights gamma_t of Theorem 1: the variational bound of the process with these sigmas is L_gamma + C, eqs. (5), (11).
 * @param sigmas T + 1 entries, entry t the noise of the move t -> t-1, above 0 and admissible; sigmas[1] is the decoder's
 * standard deviation, any positive number; sigmas[0] is not read
 * @returns T + 1 entries, gamma_0 = 0; gamma_T is Infinity where alphaBar[T] is 0
 * @throws RangeError if there are not T + 1 entries or one is out of range
 */
export const elboWeights = (schedule: Schedule, sigmas: readonly number[]): number[] => {
  const { T, alphaBar } = schedule;
  if (sigmas.length !== T + 1)
    fail("elboWeights", `sigmas must have T + 1 = ${T + 1} entries`, sigmas.length, "index them by t");
  return alphaBar.map((ab, t) => {
    if (t === 0) return 0;
    const sigma = sigmas[t]!;
    if (!(sigma > 0 && sigma < Infinity))
      fail("elboWeights", `sigmas[${t}] must be above 0`, sigma, "the bound is infinite without noise");
    const { x0Coef } = posterior(schedule, { t, sigma: t > 1 ? sigma : 0 });
    return ((x0Coef / sigma) ** 2 * (1 - ab)) / (2 * ab);
  });
};
