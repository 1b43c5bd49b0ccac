import { checkClassCount } from "./classes.ts";
import { implicitRow } from "./memberRow.ts";
import { moves, type Move } from "./moves.ts";
import type { Planner, Row } from "./table.ts";

const posteriorRow = (move: Move, classes: number): Row => {
  const { alphaBarT: abT, alphaBarS: abS } = move;
  if (abS === 1) return implicitRow(move);
  const kept = abT / abS;
  const drawn = ((abS - abT) / abS) * (1 - abS);
  return {
    ...move,
    ofXt: (kept * (1 - abS)) / (1 - abT),
    ofX0: (abS - abT) / (1 - abT),
    uniform: drawn / (1 - abT),
    uniformAtX0: drawn / (1 - abT + classes * abT),
  };
};

/**
 * Multinomial diffusion (Hoogeboom et al.): the Bayes posterior q(x_s | x_t, x_0) of the Markov chain that keeps a class
 * with probability alphaBar_t/alphaBar_s and draws it uniformly otherwise, mixed over the predicted distribution of x_0.
 * Each coordinate by itself is then sampled exactly if the prediction is.
 *
 * For two classes it is the member of appendix A's family with weight (abT/abS)·(1 - abS²)/(1 - abT²) of x_t, `discreteDdim`
 * at eta = 1. For three or more classes it is no member, unless the move is trivial (abS = 1, abT = 0 or abT = abS): where
 * x_t is not x_0 its weights of x_t, x_0 and the uniform would need a weight of x_0 that is larger by
 * abT·(1 - abS)·(1 - abT/abS)/(1 - abT). Its marginals are the family's all the same.
 *
 * Hoogeboom et al. put the predicted distribution into the posterior's product form and normalise, which is another
 * (not linear) function of the prediction; the mixture is what the bound's reverse kernel is made of in D3PM.
 * @throws RangeError if classes is not an integer of at least 2, and, when planning, if tau is not a sub-sequence
 */
export const multinomial = ({
  classes,
}: {
  /** K: the posterior where x_t is x_0 depends on it. */
  readonly classes: number;
}): Planner => {
  checkClassCount("multinomial", classes);
  return (schedule, tau) => ({
    name: `multinomial(classes=${classes})`,
    rows: moves(schedule, tau).map((move) => posteriorRow(move, classes)),
  });
};
