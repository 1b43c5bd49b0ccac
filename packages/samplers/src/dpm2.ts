import { dpm2Rows } from "./dpm2Rows.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * k-diffusion's DPM2: the midpoint rule in log sigma for the ODE (14), of second order. Two evaluations per move, the second
 * between the ends, at the index that the schedule gives the level there (see `indexAt`; not an integer: a network that knows
 * only its training indices must round it). Moves to and from clean data, which have no middle, are Euler's. On moves to data
 * eps is derived from x0, so that a clipped x0 acts on it; on moves to noise, where it encodes, the rows are in eps.
 * @throws RangeError, when planning, if tau is not a sub-sequence, or alphaBar is 0 at an end of a move with two evaluations
 */
export const dpm2 = (): Planner => (schedule, path) => ({
  name: "dpm2",
  rows: moves(schedule, path).flatMap((move) =>
    dpm2Rows("dpm2", schedule, move, { kept: Math.sqrt(1 - move.alphaBarS), fresh: 0 }),
  ),
});
