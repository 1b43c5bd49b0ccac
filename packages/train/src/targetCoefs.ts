import type { Prediction } from "./prediction.ts";

/** A target as a combination of the clean sample and the noise: x0·x_0 + eps·eps. */
export type TargetCoefs = {
  /** Coefficient of the clean sample. */
  readonly x0: number;
  /** Coefficient of the noise. */
  readonly eps: number;
};

/**
 * What a network that predicts `prediction` should answer at signal power `alphaBar`, given the clean sample and the
 * noise that made x_t.
 * @param alphaBar in [0, 1]
 * @throws RangeError if alphaBar is outside of [0, 1], or the score is asked for at alphaBar = 1, where there is none
 */
export const targetCoefs = (prediction: Prediction, alphaBar: number): TargetCoefs => {
  if (!(alphaBar >= 0 && alphaBar <= 1))
    throw new RangeError(`targetCoefs: alphaBar must be in [0, 1], got ${alphaBar}`);
  const signal = Math.sqrt(alphaBar);
  const noise = Math.sqrt(1 - alphaBar);
  switch (prediction) {
    case "eps":
      return { x0: 0, eps: 1 };
    case "x0":
      return { x0: 1, eps: 0 };
    case "v":
      return { x0: -noise, eps: signal };
    case "score":
      if (noise === 0)
        throw new RangeError("targetCoefs: without noise (alphaBar = 1) there is no score; use eps or v");
      return { x0: 0, eps: -1 / noise };
  }
};
