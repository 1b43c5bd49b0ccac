import { checkChoice } from "./checkChoice.ts";
import { exponentialStep, type ExponentialAlgorithm, type ExponentialStep } from "./exponentialStep.ts";
import { finalOrder } from "./finalOrder.ts";
import { moves } from "./moves.ts";
import { multistepWeights } from "./multistepWeights.ts";
import { pastNodes } from "./pastNodes.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner } from "./table.ts";

const where = "dpmSolverMultistep";

/** How a multistep DPM-Solver is made. */
export type DpmSolverMultistepOptions = {
  /** How many evaluations a move uses at most, this one and those before; default 2. */
  readonly order?: 1 | 2 | 3;
  /** Which exact solution is discretised, default "dpmsolver++". */
  readonly algorithm?: ExponentialAlgorithm;
  /** How a move of order 2 weighs the slope: as at its middle, or by the exact integral ("heun"); default "midpoint". */
  readonly solver?: "midpoint" | "heun";
  /**
   * How a move of order 3 weighs the curvature: all of the exact integral, or half of it, as published code does, which
   * leaves convergence of order 2; default "full".
   */
  readonly curvature?: "half" | "full";
  /** Whether, in fewer than 15 moves, the last is of order 1 and the one before of order 2 at most; default true. */
  readonly lowerOrderFinal?: boolean;
  /** Whether the last move is of order 1 for any number of moves; default false. */
  readonly eulerAtFinal?: boolean;
};

/**
 * Multistep DPM-Solver and DPM-Solver++ (arXiv 2206.00927; 2211.01095, Algorithm 2 and its solvers for SDEs): in half log-SNR lambda
 * the linear part is solved exactly, and the prediction m is a polynomial through this and earlier evaluations. With
 * r = (lambda_t - lambda_before)/h, order 2 is
 *
 *     x_s = carry·x_t + c_0·m_0 + c_1·(m_0 - m_1)/r,     c_k = exact integral of u^k, c_1 = c_0/2 for "midpoint"
 *
 * with carry and integrals of {@link ExponentialAlgorithm}. One evaluation per move. Convergence is of the given order
 * without noise (of order 2 with curvature "half", and but for the error of h² that the first move, of order 1, leaves), in
 * distribution of order 2 at most with noise; order 1 is DDIM, with eta = 0, or eta = 1 for "sde-dpmsolver++". Moves
 * from pure noise or to clean data are of order 1, the last by "sde-dpmsolver" adds no noise. Earlier evaluations at pure
 * noise are left out. Third-order moves with noise follow the same formula; published code has another sign there.
 * @throws RangeError if an option is none of its values; when planning, if tau is not a sub-sequence, an algorithm with
 * noise meets a move to more noise, or "sde-dpmsolver" starts from alphaBar = 0
 */
export const dpmSolverMultistep = ({
  order = 2,
  algorithm = "dpmsolver++",
  solver = "midpoint",
  curvature = "full",
  lowerOrderFinal = true,
  eulerAtFinal = false,
}: DpmSolverMultistepOptions = {}): Planner => {
  checkChoice(where, "order", order, [1, 2, 3]);
  checkChoice(where, "algorithm", algorithm, ["dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"]);
  checkChoice(where, "solver", solver, ["midpoint", "heun"]);
  checkChoice(where, "curvature", curvature, ["half", "full"]);
  const momentsOf =
    ({ moment }: ExponentialStep) =>
    (count: number): readonly number[] => {
      if (count === 1) return [moment(0)];
      if (count === 2) return [moment(0), solver === "midpoint" ? moment(0) / 2 : moment(1)];
      return [moment(0), moment(1), moment(2) / (curvature === "half" ? 2 : 1)];
    };
  return (schedule, tau) => {
    const path = moves(schedule, tau);
    return {
      name: `dpmSolverMultistep(${algorithm}, order=${order}, ${solver})`,
      rows: path.map((move, i) => {
        const last = i === path.length - 1;
        const most = last && eulerAtFinal ? 1 : finalOrder(order, i, path.length, lowerOrderFinal);
        const step = exponentialStep(where, algorithm, move);
        const weights = multistepWeights(pastNodes(path, i, most - 1), momentsOf(step));
        return predictionRow(move, { ...step, weights });
      }),
    };
  };
};
