import { apart } from "./apart.ts";
import { checkChain } from "./checkChain.ts";
import { checkChoice } from "./checkChoice.ts";
import { exponentialStep, type ExponentialStep } from "./exponentialStep.ts";
import { interpolationWeights } from "./interpolationWeights.ts";
import { moves, type Move } from "./moves.ts";
import { multistepWeights } from "./multistepWeights.ts";
import { pastNodes, type PastNode } from "./pastNodes.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner } from "./table.ts";

const where = "unipc";

/** How UniPC is made. */
export type UnipcOptions = {
  /** How many evaluations a prediction uses at most, this one and those before; default 2. */
  readonly order?: 1 | 2 | 3;
  /**
   * B(h) of the paper: h itself, or exp(h) - 1. It matters only to predictions of order 2 and corrections of order 1, where
   * the weight is B(h)/2; all other weights are exact integrals whatever B(h). Default "bh2".
   */
  readonly variant?: "bh1" | "bh2";
  /** Which prediction is integrated, default "x0". */
  readonly predict?: "x0" | "eps";
  /** Whether the last moves use no more evaluations than there are moves left; default true. */
  readonly lowerOrderFinal?: boolean;
  /** The moves, from 0, whose result is not corrected; default none. */
  readonly disableCorrector?: readonly number[];
};

/** A move of the predictor, and what its corrector needs to know of it. */
type PredictedMove = {
  readonly step: ExponentialStep;
  readonly past: readonly PastNode[];
  readonly weights: readonly number[];
};

/**
 * UniPC (arXiv 2302.04867, Algorithms 1 and 2): a multistep predictor of the given order, UniP, whose result the
 * evaluation there corrects at no further cost, UniC, by the polynomial that also passes through the new prediction m_new:
 *
 *     x_s  = carry·x_t + Σ_j p_j·m_j,        x_s' = carry·x_t + Σ_j c_j·m_j + c_new·m_new
 *
 * A row corrects where it starts, x_s' = x_s + Σ_j (c_j - p_j)·m_j + c_new·m_new, and predicts from there. One evaluation
 * per move; convergence is of order + 1, without the corrector of the given order, but for the error that the first moves
 * leave, which are of lower orders: h³, without the corrector h². Moves from pure noise and to clean data are predicted
 * with order 1; what comes from pure noise is not corrected, since the length of its move is infinite.
 * @throws RangeError if an option is none of its values; when planning, if tau is not a sub-sequence, or moves of your own
 * do not start where the ones before end
 */
export const unipc = ({
  order = 2,
  variant = "bh2",
  predict = "x0",
  lowerOrderFinal = true,
  disableCorrector = [],
}: UnipcOptions = {}): Planner => {
  checkChoice(where, "order", order, [1, 2, 3]);
  checkChoice(where, "variant", variant, ["bh1", "bh2"]);
  checkChoice(where, "predict", predict, ["x0", "eps"]);
  if (!disableCorrector.every((i) => Number.isSafeInteger(i) && i >= 0))
    throw new RangeError(
      `${where}: disableCorrector must list the numbers of moves, integers from 0, got ${disableCorrector.join(", ")}`,
    );
  const algorithm = predict === "x0" ? "dpmsolver++" : "dpmsolver";
  /** Exact integrals of the powers 0..count-1, with B(h)/2 for the first power if there are but two. */
  const momentsOf = ({ moment, linear }: ExponentialStep, count: number): readonly number[] =>
    count === 2
      ? [moment(0), (variant === "bh1" ? linear : moment(0)) / 2]
      : Array.from({ length: count }, (_, k) => moment(k));

  const predictMove = (path: readonly Move[], i: number): PredictedMove => {
    const step = exponentialStep(where, algorithm, path[i]!);
    const most = lowerOrderFinal ? Math.min(order, path.length - i) : order;
    const past = pastNodes(path, i, most - 1);
    return { step, past, weights: multistepWeights(past, (count) => momentsOf(step, count)) };
  };

  /** What is added to the end of a predicted move: the weight of the evaluation there, and of those before. */
  const correction = ({ step, past: all, weights }: PredictedMove): readonly number[] => {
    if (!Number.isFinite(step.h) || step.h === 0) return [];
    const past = all.filter(({ place }) => apart(place, 1));
    const nodes = [0, ...past.map(({ place }) => place), 1];
    const [, ...corrected] = interpolationWeights(nodes, momentsOf(step, nodes.length));
    const change = [corrected.at(-1)!, 0, ...weights.slice(1).map((weight) => -weight)];
    past.forEach(({ back }, j) => (change[back + 1]! += corrected[j]!));
    // both sets of weights have the same sum
    change[1] = -change.reduce((sum, weight) => sum + weight, 0);
    return change;
  };

  return (schedule, tau) => {
    const path = moves(schedule, tau);
    checkChain(where, path);
    const predictions = path.map((_, i) => predictMove(path, i));
    return {
      name: `unipc(order=${order}, ${variant}, ${predict})`,
      rows: path.map((move, i) => {
        const { step, weights } = predictions[i]!;
        const change = i === 0 || disableCorrector.includes(i - 1) ? [] : correction(predictions[i - 1]!);
        const both = Array.from(
          { length: Math.max(weights.length, change.length) },
          (_, j) => (weights[j] ?? 0) + step.carry * (change[j] ?? 0),
        );
        return predictionRow(move, { ...step, weights: both });
      }),
    };
  };
};
