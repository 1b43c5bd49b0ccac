import { moves } from "./moves.ts";
import { odeRow } from "./odeRow.ts";
import { probabilityFlowStep } from "./probabilityFlowStep.ts";
import type { Planner } from "./table.ts";

/**
 * Euler on the probability-flow ODE, eq. (15): xbar_s = xbar_t + (sigma_s² - sigma_t²)/2·eps/sigma_t. It has the same
 * limit as eq. (13) but is worse at few steps. It makes no use of x0.
 * @throws RangeError, when planning, if tau is not a sub-sequence or visits alphaBar = 0
 */
export const probabilityFlow = (): Planner => (schedule, tau) => {
  const step = probabilityFlowStep(schedule);
  return {
    name: "probabilityFlow",
    rows: moves(schedule, tau).map((move) => odeRow("probabilityFlow", move, Math.max(move.t, 1), step)),
  };
};
