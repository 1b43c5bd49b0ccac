import { noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import { checkChoice } from "./checkChoice.ts";
import { exponentialStep } from "./exponentialStep.ts";
import { finalOrder } from "./finalOrder.ts";
import { indexMoments } from "./indexMoments.ts";
import { moves, type Move } from "./moves.ts";
import { multistepWeights } from "./multistepWeights.ts";
import { type Level, pastNodes } from "./pastNodes.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner } from "./table.ts";

const where = "deis";

/** How DEIS is made. */
export type DeisOptions = {
  /** How many evaluations a move uses at most, this one and those before; default 2. */
  readonly order?: 1 | 2 | 3;
  /** The variable in which eps is a polynomial: log(rho), as in published code, rho itself or t; default "logrho". */
  readonly variable?: "logrho" | "rho" | "t";
  /** Whether, in fewer than 15 moves, the last is of order 1 and the one before of order 2 at most; default true. */
  readonly lowerOrderFinal?: boolean;
};

/** rho(to) - rho(from), by the difference of the squares. */
const rhoGap = ({ alphaBar: from }: Level, { alphaBar: to }: Level): number =>
  from === 0 || to === 0
    ? noiseToSignal(to) - noiseToSignal(from)
    : from === to
      ? 0
      : (from - to) / (from * to) / (noiseToSignal(to) + noiseToSignal(from));

/** t of the one less t of the other. */
const indexGap = (from: Level, to: Level): number => to.t - from.t;

/**
 * DEIS (arXiv 2204.13902): Adams-Bashforth on the exact solution in the noise-to-signal
 * ratio rho = √((1 - alphaBar)/alphaBar),
 *
 *     x_s/√alphaBar_s = x_t/√alphaBar_t + ∫ P(rho) d rho,     P a polynomial through this and earlier eps
 *
 * P is a polynomial in log(rho), published code's "logrho" (the same as dpmSolverMultistep's "dpmsolver" with the exact
 * integrals), in rho, the paper's rhoAB-DEIS, or in t, its tAB-DEIS, for which log(rho) is linear between the schedule's
 * indices. One evaluation per move; convergence is of the given order, but for
 * the error of h² that the first move, of order 1, leaves; order 1 is DDIM with eta = 0. Moves from pure noise are of
 * order 1, with "logrho" those to clean data, too.
 * @throws RangeError if an option is none of its values; when planning, if tau is not a sub-sequence, or, with "t", if moves
 * of your own leave the schedule
 */
export const deis = ({ order = 2, variable = "logrho", lowerOrderFinal = true }: DeisOptions = {}): Planner => {
  checkChoice(where, "order", order, [1, 2, 3]);
  checkChoice(where, "variable", variable, ["logrho", "rho", "t"]);
  const weightsOf = (schedule: Schedule, path: readonly Move[], i: number, most: number): readonly number[] => {
    const move = path[i]!;
    const { moment } = exponentialStep(where, "dpmsolver", move);
    const isFinite = move.alphaBarT > 0 && move.alphaBarS > 0 && move.alphaBarT !== move.alphaBarS;
    if (variable === "t")
      return multistepWeights(isFinite ? pastNodes(path, i, most - 1, indexGap) : [], (count) =>
        count === 1 ? [moment(0)] : indexMoments(schedule, move, count).map((m) => moment(0) * m),
      );
    if (variable === "logrho")
      return multistepWeights(pastNodes(path, i, most - 1), (count) => [0, 1, 2].slice(0, count).map(moment));
    return multistepWeights(
      pastNodes(path, i, most - 1, rhoGap),
      (count) => [1, 2, 3].slice(0, count).map((power) => moment(0) / power), // ∫ u^k du = 1/(k + 1)
    );
  };
  return (schedule, tau) => {
    const path = moves(schedule, tau);
    return {
      name: `deis(order=${order}, ${variable})`,
      rows: path.map((move, i) => {
        const weights = weightsOf(schedule, path, i, finalOrder(order, i, path.length, lowerOrderFinal));
        return predictionRow(move, { ...exponentialStep(where, "dpmsolver", move), weights });
      }),
    };
  };
};
