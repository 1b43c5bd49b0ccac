import { encodingTime, type EncodeOptions } from "./encodeOptions.ts";
import { encodingMoves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * DDIM at eta = 0 run backwards, from data to x_T: eq. (12) with s > t, an Euler step of the ODE (14).
 * @throws RangeError, when planning, if tau is not a sub-sequence or does not go beyond `from`
 */
export const ddimEncode =
  ({ evaluateAt = "source", from = 0 }: EncodeOptions = {}): Planner =>
  (schedule, tau) => ({
    name: `ddimEncode(${evaluateAt})`,
    rows: encodingMoves(schedule, tau, from).map((move) => ({
      ...move,
      time: encodingTime(move, evaluateAt),
      x: 0,
      x0: [Math.sqrt(move.alphaBarS)],
      eps: [Math.sqrt(1 - move.alphaBarS)],
      sigma: 0,
    })),
  });
