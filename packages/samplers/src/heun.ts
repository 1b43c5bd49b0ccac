import { heunRows } from "./heunRows.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * Heun's method for the ODE (14), arXiv 2206.00364, algorithm 1: the trapezoidal rule in the noise-to-signal ratio, of second
 * order. Two evaluations per move, one at either end, but one, Euler's, in the move to clean data. On moves to data eps is
 * derived from x0, so that a clipped x0 acts on it; on moves to noise, where it encodes, the rows are in eps.
 * @throws RangeError, when planning, if tau is not a sub-sequence, or alphaBar is 0 at an end of a move with two evaluations
 */
export const heun = (): Planner => (schedule, path) => ({
  name: "heun",
  rows: moves(schedule, path).flatMap((move) => heunRows("heun", move)),
});
