import { encodingTime, type EncodeOptions } from "./encodeOptions.ts";
import { encodingMoves } from "./moves.ts";
import { odeRow } from "./odeRow.ts";
import { probabilityFlowStep } from "./probabilityFlowStep.ts";
import type { Planner } from "./table.ts";

/**
 * Euler on the probability-flow ODE, eq. (15), from data to x_T. The drift eps/sigma is taken at the index at which the
 * network is evaluated, so it is finite in the first move too.
 * @throws RangeError, when planning, if tau is not a sub-sequence, does not go beyond `from` or visits alphaBar = 0
 */
export const probabilityFlowEncode =
  ({ evaluateAt = "source", from = 0 }: EncodeOptions = {}): Planner =>
  (schedule, tau) => {
    const step = probabilityFlowStep(schedule);
    return {
      name: `probabilityFlowEncode(${evaluateAt})`,
      rows: encodingMoves(schedule, tau, from).map((move) =>
        odeRow("probabilityFlowEncode", move, encodingTime(move, evaluateAt), step),
      ),
    };
  };
