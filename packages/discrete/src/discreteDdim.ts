import { fail } from "./fail.ts";
import { maxKeep } from "./maxKeep.ts";
import { memberRow } from "./memberRow.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * Appendix A's family by one number, as eta does it for Gaussian data: the uniform part is eta times that of eta = 1,
 *
 *     ofXt = (1 - abS)/(1 - abT)·(1 - eta·share),   uniform = (1 - abS)·eta·share,   share = (1 - abT/abS)/(1 + abT)
 *
 * eta = 0 is the implicit member. At eta = 1 the weight of x_t is (abT/abS)·(1 - abS²)/(1 - abT²): whatever the number of
 * classes, x_s is then x_t as often as in multinomial diffusion, P(x_s = x_t | x_0). For two classes it is multinomial
 * diffusion; for more no member is, see `multinomial`. Every eta with eta·share <= 1 is admissible, also above 1.
 * @throws RangeError, when planning, if tau is not a sub-sequence or eta is not admissible in a move
 */
export const discreteDdim =
  ({
    eta = 0,
  }: {
    /** How stochastic, default 0. */
    readonly eta?: number;
  } = {}): Planner =>
  (schedule, tau) => ({
    name: `discreteDdim(eta=${eta})`,
    rows: moves(schedule, tau).map((move) => {
      const { t, s, alphaBarT: abT, alphaBarS: abS } = move;
      const share = (abS - abT) / abS / (1 + abT);
      // the move to clean data has no uniform part whatever eta
      const lost = abS === 1 ? 0 : eta * share;
      if (!(eta >= 0 && eta < Infinity && lost <= 1 + 1e-14))
        fail(
          "discreteDdim",
          `eta must be in 0..${1 / share} in the move ${t} → ${s}`,
          eta,
          "eta = 1 is as random as multinomial diffusion",
        );
      const most = maxKeep(abT, abS);
      // up to eta = 1 what is kept is a sum; 1 - share is (abT + abT/abS)/(1 + abT)
      const kept = eta <= 1 ? 1 - eta + (eta * (abT + abT / abS)) / (1 + abT) : 1 - Math.min(1, lost);
      return memberRow(move, most * kept, most * Math.min(1, lost));
    }),
  });
