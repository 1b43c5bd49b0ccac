import { fail } from "./fail.ts";
import { fromAlphaBar } from "./fromAlphaBar.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A schedule from the noise that each step adds: alphaBar[t] = prod_{s <= t} (1 - beta[s]).
 * @param betas entries t = 1..T, within [0, 1); the last may be 1
 * @throws RangeError if a beta is out of range, or so many are large that alphaBar underflows
 */
export const fromBetas = (betas: readonly number[], name: string = "betas"): Schedule => {
  let product = 1;
  return fromAlphaBar(
    betas.map((beta, i) => {
      if (!(beta >= 0 && beta <= 1)) fail(name, `beta[${i + 1}] must be in [0, 1]`, beta, "betas are variances");
      return (product *= 1 - beta);
    }),
    name,
  );
};
