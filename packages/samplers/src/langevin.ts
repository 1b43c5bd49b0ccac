import { ascend } from "./ascend.ts";
import type { Corrector } from "./corrector.ts";
import type { CorrectorOptions } from "./correctorOptions.ts";

/**
 * Langevin steps within one noise level, x + step·score + √(2 step)·z: they pull a wrong marginal towards the model's
 * and, for small steps, leave the right one as it is.
 * @throws RangeError, when correcting, if the run has no key, a step size is negative or steps is not a count
 */
export const langevin =
  <V>(options: CorrectorOptions): Corrector<V> =>
  (correction) =>
    ascend("langevin", correction, options, true);
