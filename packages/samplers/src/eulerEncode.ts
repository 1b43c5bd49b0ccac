import { encodingTime, type EncodeOptions } from "./encodeOptions.ts";
import { eulerStep } from "./eulerStep.ts";
import { encodingMoves } from "./moves.ts";
import { odeRow } from "./odeRow.ts";
import type { Planner } from "./table.ts";

/**
 * Euler in the noise-to-signal ratio, eq. (13), from data to x_T.
 * @throws RangeError, when planning, if tau is not a sub-sequence, does not go beyond `from` or visits alphaBar = 0
 */
export const eulerEncode =
  ({ evaluateAt = "source", from = 0 }: EncodeOptions = {}): Planner =>
  (schedule, tau) => ({
    name: `eulerEncode(${evaluateAt})`,
    rows: encodingMoves(schedule, tau, from).map((move) =>
      odeRow("eulerEncode", move, encodingTime(move, evaluateAt), eulerStep),
    ),
  });
