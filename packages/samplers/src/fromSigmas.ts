import { maxSigma } from "@nonmarkov/schedule";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * The non-Markovian family by its sigmas, eqs. (7) and (12): any with 0 <= sigma² <= 1 - alphaBar_s.
 * @param sigmas one per move, first that of the move from tau_S; the last, of the move to clean data, must be 0
 * @throws RangeError, when planning, if tau is not a sub-sequence, or a sigma is missing or not admissible
 */
export const fromSigmas =
  (sigmas: readonly number[]): Planner =>
  (schedule, tau) => {
    const path = moves(schedule, tau);
    if (sigmas.length !== path.length)
      throw new RangeError(
        `fromSigmas: there must be one sigma for each of the ${path.length} moves, got ${sigmas.length}`,
      );
    return {
      name: "fromSigmas",
      rows: path.map((move, i) => {
        const given = sigmas[i]!;
        const most = maxSigma(move.alphaBarS);
        // a sigma that was computed may exceed the bound by a rounding error
        if (!(given >= 0 && given <= most * (1 + 1e-14)))
          throw new RangeError(
            `fromSigmas: sigma must be in 0..${most} in the move ${move.t} → ${move.s}, got ${given}; √(1 - alphaBar_s) is the most`,
          );
        const sigma = Math.min(given, most);
        const eps = Math.sqrt((most - sigma) * (most + sigma));
        return { ...move, time: move.t, x: 0, x0: [Math.sqrt(move.alphaBarS)], eps: [eps], sigma };
      }),
    };
  };
