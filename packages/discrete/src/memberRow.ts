import { maxKeep } from "./maxKeep.ts";
import type { Move } from "./moves.ts";
import type { Row } from "./table.ts";

/**
 * The member of appendix A's family whose weight of x_t is `less` below the largest, written in sums of positive numbers:
 * ofX0 is abS - ofXt·abT, uniform is (1 - abS) - (1 - abT)·ofXt.
 * @param keep the weight of x_t
 * @param less maxKeep - keep, given apart because the subtraction cancels
 */
export const memberRow = (move: Move, keep: number, less: number): Row => {
  const { alphaBarT: abT, alphaBarS: abS } = move;
  const gained = abT === 1 ? 0 : (abS - abT) / (1 - abT);
  const uniform = (1 - abT) * less;
  return { ...move, ofXt: keep, ofX0: gained + abT * less, uniform, uniformAtX0: uniform };
};

/** The implicit member of a move. */
export const implicitRow = (move: Move): Row => memberRow(move, maxKeep(move.alphaBarT, move.alphaBarS), 0);
