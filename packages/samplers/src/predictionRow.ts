import type { Move } from "./moves.ts";
import type { Row } from "./table.ts";

/** What a row makes of x_t, of one kind of prediction and of fresh noise. */
type Parts = {
  readonly predicts: "x0" | "eps";
  readonly carry: number;
  /** Of this evaluation's prediction, the one before, ... */
  readonly weights: readonly number[];
  readonly sigma: number;
};

/**
 * A row in x_t and one kind of prediction; evaluated at the start of the move, but never at 0, which no network has seen.
 * Where x_t by itself says nothing of the other part, carry is infinite, and the row has its limit, eq. (12) at eta = 0.
 */
export const predictionRow = (move: Move, { predicts, carry, weights, sigma }: Parts): Row => {
  const common = { ...move, time: Math.max(move.t, 1), sigma };
  if (!Number.isFinite(carry))
    return { ...common, x: 0, x0: [Math.sqrt(move.alphaBarS)], eps: [Math.sqrt(1 - move.alphaBarS)] };
  return { ...common, x: carry, x0: predicts === "x0" ? weights : [], eps: predicts === "eps" ? weights : [] };
};
