import type { Move } from "./moves.ts";

/** How a deterministic method is run backwards, from data to noise. */
export type EncodeOptions = {
  /**
   * The index of each move t → s at which the network is evaluated, always on x_t: "source" is t itself (the first
   * move's is 1 when t = 0, which no network has seen), "target" is s, as published encoders do. Default "source".
   */
  readonly evaluateAt?: "source" | "target";
  /**
   * The index at which the data are taken to live, default 0. With 1 they count as x_1, which makes x0 and score
   * predictions possible, of which clean data do not determine the noise.
   */
  readonly from?: number;
};

/** The index at which an encoder evaluates the network in a move. */
export const encodingTime = (move: Move, evaluateAt: "source" | "target"): number => {
  if (evaluateAt !== "source" && evaluateAt !== "target")
    throw new RangeError(`encode: evaluateAt must be "source" or "target", got ${JSON.stringify(evaluateAt)}`);
  return evaluateAt === "target" ? move.s : Math.max(move.t, 1);
};
