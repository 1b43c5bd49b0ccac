import { indexAt, lambdaGap, type Schedule } from "@nonmarkov/schedule";
import { apart } from "./apart.ts";
import { checkChain } from "./checkChain.ts";
import { checkChoice } from "./checkChoice.ts";
import { exponentialStep, type ExponentialAlgorithm, type ExponentialStep } from "./exponentialStep.ts";
import { interpolationWeights } from "./interpolationWeights.ts";
import { moves, type Move } from "./moves.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner, Row } from "./table.ts";

const where = "dpmSolverSinglestep";

/** How a singlestep DPM-Solver is made. */
export type DpmSolverSinglestepOptions = {
  /** How many evaluations a step makes at most; default 2. */
  readonly order?: 1 | 2 | 3;
  /** Which exact solution is discretised, default "dpmsolver++". */
  readonly algorithm?: Exclude<ExponentialAlgorithm, "sde-dpmsolver">;
  /** How slope and curvature are weighed: as at the middle of the step, or by the exact integrals ("heun"). */
  readonly solver?: "midpoint" | "heun";
  /**
   * Where a step evaluates the network: "stops" groups two or three moves of the path to one step, as published code does,
   * and so makes one evaluation per move; "between" makes each move a step of `order` evaluations, with stages at equal
   * distances in lambda, as in the paper. Default "stops".
   */
  readonly stages?: "stops" | "between";
  /**
   * With "stops", whether the last steps are of lower orders. It is so in any case if the number of moves is no multiple of
   * the order, or the path ends in clean data. Default false.
   */
  readonly lowerOrderFinal?: boolean;
};

/** The order of every move within its step, the first being 1; published code's lists. */
const ordersOf = (count: number, order: number, lower: boolean): readonly number[] => {
  const orders = Array.from({ length: count }, (_, i) => (i % order) + 1);
  if (lower && count % order !== 2) orders[count - 1] = 1;
  return orders;
};

/** alphaBar at the stages of a move, at equal distances in lambda; never back, whatever the rounding. */
const stageLevels = ({ alphaBarT: abT, alphaBarS: abS }: Move, h: number, order: number): readonly number[] => {
  const [least, most] = abT < abS ? [Math.max, Math.min] : [Math.min, Math.max];
  let level = abT;
  return Array.from({ length: order - 1 }, (_, i) => {
    const signal = abT * Math.exp((2 * h * (i + 1)) / order);
    level = least(level, most(abS, signal / (signal + (1 - abT))));
    return level;
  });
};

/** The moves of a path through their stages, with the order of each; moves of infinite length whole. */
const throughStages = (schedule: Schedule, path: readonly Move[], order: number): [Move, number][] =>
  path.flatMap((move): [Move, number][] => {
    const h = lambdaGap(move.alphaBarT, move.alphaBarS);
    if (!Number.isFinite(h)) return [[move, 1]];
    const stages = stageLevels(move, h, order).map((alphaBar) => ({ index: indexAt(schedule, alphaBar), alphaBar }));
    const stops = [{ index: move.t, alphaBar: move.alphaBarT }, ...stages, { index: move.s, alphaBar: move.alphaBarS }];
    return stops.slice(1).map(({ index: s, alphaBar: alphaBarS }, i) => {
      const { index: t, alphaBar: alphaBarT } = stops[i]!;
      return [{ t, s, alphaBarT, alphaBarS }, i + 1];
    });
  });

/** A way from the base of a step to the end of one of its moves, with the weights of the evaluations since the base. */
type Reach = { readonly step: ExponentialStep; readonly weights: readonly number[] };

/**
 * Singlestep DPM-Solver and DPM-Solver++ (arXiv 2206.00927, Algorithms 1 and 2; 2211.01095, Algorithm 1): a step of order
 * k has k evaluations, each at a state that is reached from the start of the step with those before, and forgets them.
 * With m_0 the step's first prediction, r the place of another in its h,
 *
 *     order 2    x_s = carry·x_t + c_0·m_0 + c_1·(m_1 - m_0)/r,     c_k = exact integral of u^k, c_1 = c_0/2 for "midpoint"
 *     order 3    the same of m_2 with the exact c_1 ("midpoint"), or the parabola through all three ("heun")
 *
 * A row takes its start back to the step's by what led there, so that no state is kept but x; with noise, which cannot be
 * taken back, the step's start is put together from the x0 and eps predicted there (with mapX0, the mapped x0). Evaluations
 * per move: 1 with "stops", the order with "between". Convergence is of the given order without noise. With noise it is of
 * order 1 in distribution, and dpmSolverMultistep is better: a step does not know the noise that its stages have seen. Moves
 * from pure noise or to clean data are steps of order 1, which is DDIM.
 * @throws RangeError if an option is none of its values; when planning, if tau is not a sub-sequence, moves of your own do
 * not start where the ones before end, or an algorithm with noise meets a move to more noise
 */
export const dpmSolverSinglestep = ({
  order = 2,
  algorithm = "dpmsolver++",
  solver = "midpoint",
  stages = "stops",
  lowerOrderFinal = false,
}: DpmSolverSinglestepOptions = {}): Planner => {
  checkChoice(where, "order", order, [1, 2, 3]);
  checkChoice(where, "algorithm", algorithm, ["dpmsolver++", "dpmsolver", "sde-dpmsolver++"]);
  checkChoice(where, "solver", solver, ["midpoint", "heun"]);
  checkChoice(where, "stages", stages, ["stops", "between"]);

  const reachFrom = (path: readonly Move[], base: number, i: number): Reach => {
    const { t, alphaBarT } = path[base]!;
    const { s, alphaBarS } = path[i]!;
    const step = exponentialStep(where, algorithm, { t, s, alphaBarT, alphaBarS });
    const count = i - base + 1;
    const places = path.slice(base, i + 1).map((move) => lambdaGap(alphaBarT, move.alphaBarT) / step.h);
    const all = solver === "heun" && count === 3 && apart(places[0]!, places[1]!) && apart(places[1]!, places[2]!);
    const used = count === 1 ? [0] : all ? [0, 1, 2] : [0, count - 1];
    // the second of three evaluations only serves the third, with the paper's weight where the stages are the paper's
    const middle = solver === "midpoint" && count === 2 && !(stages === "between" && order === 3);
    const moments = [0, 1, 2]
      .slice(0, used.length)
      .map((k) => (k === 1 && middle ? step.moment(0) / 2 : step.moment(k)));
    const found = interpolationWeights(
      used.map((j) => places[j]!),
      moments,
    );
    const weights = new Array<number>(count).fill(0);
    used.forEach((j, n) => (weights[j] = found[n]!));
    return { step, weights };
  };

  /** The row of move i, from what is reached from its step's base and, for stages, what was reached just before. */
  const rowOf = (path: readonly Move[], base: number, i: number): Row => {
    const move = path[i]!;
    const { step, weights } = reachFrom(path, base, i);
    const newestFirst = [...weights].reverse();
    if (base === i) return predictionRow(move, { ...step, weights });
    if (algorithm === "sde-dpmsolver++") {
      const alphaBar = path[base]!.alphaBarT;
      const eps = newestFirst.map((_, j) => (j === i - base ? step.carry * Math.sqrt(1 - alphaBar) : 0));
      const x0 = newestFirst.map((weight, j) => weight + (j === i - base ? step.carry * Math.sqrt(alphaBar) : 0));
      return { ...move, time: Math.max(move.t, 1), x: 0, x0, eps, sigma: step.sigma };
    }
    const before = reachFrom(path, base, i - 1);
    const carry = step.carry / before.step.carry;
    const [, ...later] = weights.map((weight, j) => weight - carry * (before.weights[j] ?? 0));
    // all weights together are those of the move by itself; the difference of the first ones would cancel
    const first = later.reduce((rest, weight) => rest - weight, exponentialStep(where, algorithm, move).moment(0));
    return predictionRow(move, { ...step, carry, weights: [first, ...later].reverse() });
  };

  return (schedule, tau) => {
    const given = moves(schedule, tau);
    checkChain(where, given);
    const lower = lowerOrderFinal || given.length % order !== 0 || given.at(-1)!.alphaBarS === 1;
    const planned: readonly (readonly [Move, number])[] =
      stages === "between"
        ? throughStages(schedule, given, order)
        : ordersOf(given.length, order, lower).map((k, i) => [given[i]!, k]);
    const path = planned.map(([move]) => move);
    let base = 0;
    return {
      name: `dpmSolverSinglestep(${algorithm}, order=${order}, ${solver}, ${stages})`,
      rows: path.map((move, i) => {
        const from = path[base]!.alphaBarT;
        const place = lambdaGap(from, move.alphaBarT) / lambdaGap(from, move.alphaBarS);
        // a polynomial needs its two places, and both ends at a finite distance
        if (planned[i]![1] === 1 || !Number.isFinite(place) || !apart(0, place)) base = i;
        return rowOf(path, base, i);
      }),
    };
  };
};
