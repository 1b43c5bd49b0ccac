import { alphaBarAt, type Schedule } from "@nonmarkov/schedule";
import { moves, type Move } from "./moves.ts";
import { multistepEps } from "./multistepEps.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Planner, Row } from "./table.ts";
import { transfer } from "./transfer.ts";

const where = "pndm";

/** An end or the middle of a move. */
type Level = { readonly index: number; readonly alphaBar: number };

/** One move in four stages; what the three in between leave behind is taken back through their eps. */
const rungeKutta = (schedule: Schedule, move: Move): Row[] => {
  const { t, s, alphaBarT, alphaBarS } = move;
  const between = Number.isInteger(t) && Number.isInteger(s) ? Math.trunc((t - s) / 2) : (t - s) / 2;
  const mid = t - between;
  if (!(mid >= 1 && mid <= schedule.T))
    throw new RangeError(
      `${where}: there must be an index in 1..${schedule.T} half-way through the first three moves, got ${mid} in ${t} → ${s}; take plms where there is none`,
    );
  const abMid = alphaBarAt(schedule, mid);
  const half = transfer(where, alphaBarT, abMid);
  const whole = transfer(where, alphaBarT, alphaBarS);
  const ratio = whole.x / half.x;
  const row = (from: Level, to: Level, carry: number, weights: readonly number[]): Row =>
    predictionRow(
      { t: from.index, s: to.index, alphaBarT: from.alphaBar, alphaBarS: to.alphaBar },
      { predicts: "eps", carry, weights, sigma: 0 },
    );
  const [start, middle, end] = [
    { index: t, alphaBar: alphaBarT },
    { index: mid, alphaBar: abMid },
    { index: s, alphaBar: alphaBarS },
  ];
  // of (1, 2, 2, 1)/6, and without what the third stage came with
  const sum = [1, -4, 2, 1].map((weight) => (weight * whole.eps) / 6);
  return [
    row(start, middle, half.x, [half.eps]),
    row(middle, middle, 1, [half.eps, -half.eps]),
    row(middle, end, ratio, [whole.eps, -ratio * half.eps]),
    row(end, end, 1, sum),
  ];
};

/**
 * PNDM (arXiv 2202.09778, section 3): PLMS whose first three moves are pseudo Runge-Kutta steps of four stages, at t, twice
 * half-way, and at s. The half-way index is t minus half of t - s, rounded down; between indices it is not rounded.
 *
 *     x_s = transfer of x_t by (eps_1 + 2·eps_2 + 2·eps_3 + eps_4)/6
 *
 * Twelve evaluations for the first three moves, one for each after; eps_1 of each of the three enters later combinations,
 * so that 13 predictions are kept. Convergence is of order 2, on grids that are uniform in t. It takes 4 moves or more.
 * @throws RangeError, when planning, if tau is not a sub-sequence or has fewer than 4 entries, or one of the first three
 * moves starts at alphaBar = 0 or has no index of the schedule half-way
 */
export const pndm = (): Planner => (schedule, tau) => {
  const path = moves(schedule, tau);
  if (path.length < 4)
    throw new RangeError(`${where}: there must be 4 moves or more, got ${path.length}; take plms for fewer`);
  return {
    name: "pndm",
    rows: [
      ...path.slice(0, 3).flatMap((move) => rungeKutta(schedule, move)),
      ...multistepEps(path.slice(3), 12, [0, 4, 8]),
    ],
  };
};
