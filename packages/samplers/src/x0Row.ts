import type { Move } from "./moves.ts";
import type { Row } from "./table.ts";

/**
 * The move x_s = √abS·x0 + noise·eps + sigma·z of (12), noise² + sigma² = 1 - abS, written in x_t and x0 alone: eps is
 * (x_t - √abT·x0)/√(1-abT) of the x0 that the row is given, so a changed x0 changes it too. For moves to data; it has its
 * limit at alphaBar = 0.
 */
export const x0Row = (move: Move, noise: number, sigma: number): Row => {
  const { t, alphaBarT: abT, alphaBarS: abS } = move;
  const row = { ...move, time: Math.max(t, 1), eps: [], sigma };
  if (abT === abS) return { ...row, x: 1, x0: [0] };
  const x = noise / Math.sqrt(1 - abT);
  // √abS - x·√abT as a difference of squares over a sum
  return { ...row, x, x0: [(abS - abT + abT * sigma * sigma) / ((1 - abT) * (Math.sqrt(abS) + x * Math.sqrt(abT)))] };
};
