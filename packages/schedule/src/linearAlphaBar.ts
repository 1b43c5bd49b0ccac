import { fromAlphaBarFunction } from "./fromAlphaBarFunction.ts";
import type { Schedule } from "./schedule.ts";

/**
 * alphaBar(u) = 1 - u: each step takes away the same signal power, beta[t] = 1/(T - t + 1). Sohl-Dickstein et al., and
 * `jsd` in the DDIM authors' code. Ends at zero SNR.
 * @param options T (default 1000)
 * @throws RangeError if T is not an integer >= 1
 */
export const linearAlphaBar = ({ T = 1000 }: { readonly T?: number } = {}): Schedule =>
  fromAlphaBarFunction((u) => 1 - u, { T, name: "linearAlphaBar" });
