import { fail } from "./fail.ts";
import { maxKeep } from "./maxKeep.ts";
import { memberRow } from "./memberRow.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * Appendix A's family by its weights of x_t (its sigma_t): any of 0..maxKeep in each move.
 * @param keeps one per move, first that of the move from tau_S; the last, of the move to clean data, must be 0
 * @throws RangeError, when planning, if tau is not a sub-sequence, or a weight is missing or not admissible
 */
export const fromKeeps =
  (keeps: readonly number[]): Planner =>
  (schedule, tau) => {
    const path = moves(schedule, tau);
    if (keeps.length !== path.length)
      fail("fromKeeps", `there must be one weight for each of the ${path.length} moves`, keeps.length, "see maxKeep");
    return {
      name: "fromKeeps",
      rows: path.map((move, i) => {
        const given = keeps[i]!;
        const most = maxKeep(move.alphaBarT, move.alphaBarS);
        // a weight that was computed may exceed the bound by a rounding error
        if (!(given >= 0 && given <= most * (1 + 1e-14)))
          fail(
            "fromKeeps",
            `the weight of x_t must be in 0..${most} in the move ${move.t} → ${move.s}`,
            given,
            "the uniform part would be negative; maxKeep is the most",
          );
        const keep = Math.min(given, most);
        return memberRow(move, keep, most - keep);
      }),
    };
  };
