import type { Schedule } from "@nonmarkov/schedule";
import type { Prediction } from "../prediction.ts";
import { errorWeights } from "./errorWeights.ts";
import type { Weights } from "./weights.ts";

/**
 * Min-SNR weights (Hang et al., arXiv 2303.09556): the error in x0 counts min(SNR, gamma), SNR = alphaBar/(1 - alphaBar),
 * expressed for a network that predicts `prediction`: min(SNR, gamma)/SNR for eps, min(SNR, gamma)/(SNR + 1) for v.
 * @param gamma where the SNR is cut off, default 5
 * @throws RangeError if gamma is not positive, or x0 cannot be told from the prediction (see {@link errorWeights})
 */
export const minSnrWeights = (
  schedule: Schedule,
  { prediction, gamma = 5 }: { readonly prediction: Prediction; readonly gamma?: number },
): Weights => {
  if (!(gamma > 0)) throw new RangeError(`minSnrWeights: gamma must be positive, got ${gamma}`);
  // min(SNR, gamma)/SNR = min(1, gamma/SNR) is finite at both ends, so go through eps, not x0
  const toEps = errorWeights(schedule, { from: prediction, to: "eps" });
  return toEps.map((weight, t) => {
    const alphaBar = schedule.alphaBar[t]!;
    return t === 0 ? 0 : weight * Math.min(1, (gamma * (1 - alphaBar)) / alphaBar);
  });
};
