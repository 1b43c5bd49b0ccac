import { ascend } from "./ascend.ts";
import type { Corrector } from "./corrector.ts";
import type { CorrectorOptions } from "./correctorOptions.ts";

/**
 * Plain gradient ascent on the log density within one noise level, x + step·score: it seeks modes, not the marginal.
 * @throws RangeError, when correcting, if a step size is negative or steps is not a count
 */
export const scoreAscent =
  <V>(options: CorrectorOptions): Corrector<V> =>
  (correction) =>
    ascend("scoreAscent", correction, options, false);
