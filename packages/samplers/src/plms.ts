import { moves, type Move } from "./moves.ts";
import { multistepEps } from "./multistepEps.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner, Row } from "./table.ts";
import { transfer } from "./transfer.ts";

/** The first move from both of its ends: eps at its start, then the mean of that and eps where it arrived. */
const improvedEuler = (move: Move, next: Move): Row[] => {
  const { x, eps } = transfer("plms", move.alphaBarT, move.alphaBarS);
  const arrived = { ...move, t: next.t, alphaBarT: next.alphaBarT };
  return [
    predictionRow(move, { predicts: "eps", carry: x, weights: [eps], sigma: 0 }),
    predictionRow(arrived, { predicts: "eps", carry: 1, weights: [eps / 2, -eps / 2], sigma: 0 }),
  ];
};

/**
 * PLMS: pseudo linear multistep (arXiv 2202.09778, section 3), DDIM's moves with the Adams-Bashforth
 * combination of up to four eps, started by an improved Euler step:
 *
 *     eps' = (eps_0 + eps where the first move arrived)/2,   (3·eps_0 - eps_1)/2,   (23·eps_0 - 16·eps_1 + 5·eps_2)/12,
 *            (55·eps_0 - 59·eps_1 + 37·eps_2 - 9·eps_3)/24 from the fourth move on
 *
 * One evaluation per move and one more. Convergence is of order 2, on grids that are uniform in t. The second evaluation
 * is where the second move starts, and does not enter later combinations.
 * @throws RangeError, when planning, if tau is not a sub-sequence, or the first of several moves starts at alphaBar = 0
 */
export const plms = (): Planner => (schedule, tau) => {
  const path = moves(schedule, tau);
  const [first, ...rest] = path;
  return {
    name: "plms",
    rows:
      rest.length === 0
        ? multistepEps(path, 0, [])
        : [...improvedEuler(first!, rest[0]!), ...multistepEps(rest, 2, [0])],
  };
};
