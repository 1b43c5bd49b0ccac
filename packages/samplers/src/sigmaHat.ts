import { sigmaHat as largeSigma } from "@nonmarkov/schedule";
import { ddim } from "./ddim.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";
import { towardsData } from "./towardsData.ts";

/**
 * The paper's sigma-hat: the mean of eta = 1 with the larger noise √(1 - alphaBar_t/alphaBar_s). It is no member of the
 * family: given x0, its states are too wide. The last move, to clean data, adds no noise.
 * @throws RangeError, when planning, if tau is not a sub-sequence or a move goes to noise
 */
export const sigmaHat = (): Planner => (schedule, tau) => ({
  name: "sigmaHat",
  rows: ddim({ eta: 1 })(schedule, towardsData("sigmaHat", moves(schedule, tau))).rows.map((row) => ({
    ...row,
    sigma: row.alphaBarS === 1 ? 0 : largeSigma(row.alphaBarT, row.alphaBarS),
  })),
});
