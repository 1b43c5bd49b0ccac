import { fromAlphaBar } from "./fromAlphaBar.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A schedule from the signal power that each step keeps: alphaBar[t] = prod_{s <= t} alpha[s], alpha = 1 - beta.
 * @param alphas entries t = 1..T, within (0, 1]; the last may be 0
 * @throws RangeError if an alpha is out of range, or so many are small that alphaBar underflows
 */
export const fromAlphas = (alphas: readonly number[], name: string = "alphas"): Schedule => {
  let product = 1;
  return fromAlphaBar(
    alphas.map((alpha) => (product *= alpha)),
    name,
  );
};
