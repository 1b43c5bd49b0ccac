import { adamsBashforth } from "./adamsBashforth.ts";
import { checkChoice } from "./checkChoice.ts";
import { exponentialStep } from "./exponentialStep.ts";
import { moves } from "./moves.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner } from "./table.ts";

/**
 * Improved PNDM: DDIM's move, eq. (12) at eta = 0, with the Adams-Bashforth combination of this and earlier eps in place
 * of eps, from the first move on with as many as there are (the weights of arXiv 2202.09778, the start of 2204.13902):
 *
 *     eps' = (55·eps_0 - 59·eps_1 + 37·eps_2 - 9·eps_3)/24     at order 4
 *
 * One evaluation per move. The weights are those of equal steps; since x is not moved by an integral of eps over t,
 * convergence is of order 2 for every order above 1, on grids that are uniform in t. Order 1 is DDIM.
 * @throws RangeError if order is not in 1..4; when planning, if tau is not a sub-sequence
 */
export const ipndm = ({
  order = 4,
}: {
  /** How many evaluations a move uses at most, this one and those before; default 4. */
  readonly order?: 1 | 2 | 3 | 4;
} = {}): Planner => {
  checkChoice("ipndm", "order", order, [1, 2, 3, 4]);
  return (schedule, tau) => ({
    name: `ipndm(order=${order})`,
    rows: moves(schedule, tau).map((move, i) => {
      const step = exponentialStep("ipndm", "dpmsolver", move);
      const weights = adamsBashforth[Math.min(order - 1, i)]!.map((weight) => step.moment(0) * weight);
      return predictionRow(move, { ...step, weights });
    }),
  });
};
