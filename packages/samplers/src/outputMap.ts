import type { Prediction } from "./denoiser.ts";

/** x0 and eps as linear functions of the state and the network's output: each is [coefficient of x, of the output]. */
export type OutputMap = {
  /** x0 = x0[0]·x + x0[1]·output. */
  readonly x0: readonly [number, number];
  /** eps = eps[0]·x + eps[1]·output. */
  readonly eps: readonly [number, number];
};

/**
 * What a network's output says of x0 and eps at signal power alphaBar: eq. (9) and its like for the other predictions.
 * Entries are infinite where the output does not determine the quantity: x0 from eps or score at alphaBar = 0, eps from
 * x0 or score at alphaBar = 1.
 */
export const outputMap = (prediction: Prediction, alphaBar: number): OutputMap => {
  const signal = Math.sqrt(alphaBar);
  const noise = Math.sqrt(1 - alphaBar);
  switch (prediction) {
    case "eps":
      return { x0: [1 / signal, -noise / signal], eps: [0, 1] };
    case "x0":
      return { x0: [0, 1], eps: [1 / noise, -signal / noise] };
    case "v":
      return { x0: [signal, -noise], eps: [noise, signal] };
    case "score":
      return { x0: [1 / signal, (1 - alphaBar) / signal], eps: [0, alphaBar === 1 ? -Infinity : -noise] };
    default:
      throw new RangeError(
        `outputMap: prediction must be "eps", "x0", "v" or "score", got ${JSON.stringify(prediction)}`,
      );
  }
};
