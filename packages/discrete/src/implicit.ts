import { implicitRow } from "./memberRow.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * The implicit member of appendix A's family, which keeps x_t with the largest admissible probability,
 * (1 - alphaBar_s)/(1 - alphaBar_t), and draws from the predicted x_0 otherwise: nothing is drawn uniformly. Of all members
 * it has the smallest entropy of x_s given x_t and x_0 (in the mean over x_t; a single x_t may be an exception).
 * Read forwards, a coordinate leaves x_0 once, for a uniform class, and stays there.
 * @throws RangeError, when planning, if tau is not a sub-sequence
 */
export const implicit = (): Planner => (schedule, tau) => ({
  name: "implicit",
  rows: moves(schedule, tau).map(implicitRow),
});
