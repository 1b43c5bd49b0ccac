import { eulerStep } from "./eulerStep.ts";
import { moves } from "./moves.ts";
import { odeRow } from "./odeRow.ts";
import type { Planner } from "./table.ts";

/**
 * Euler in the noise-to-signal ratio, eq. (13): xbar_s = xbar_t + (sigma_s - sigma_t)·eps. The same moves as DDIM at
 * eta = 0, written in x and eps: it makes no use of x0.
 * @throws RangeError, when planning, if tau is not a sub-sequence or visits alphaBar = 0
 */
export const euler = (): Planner => (schedule, tau) => ({
  name: "euler",
  rows: moves(schedule, tau).map((move) => odeRow("euler", move, Math.max(move.t, 1), eulerStep)),
});
