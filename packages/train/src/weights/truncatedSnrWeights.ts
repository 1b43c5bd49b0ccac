import type { Schedule } from "@nonmarkov/schedule";
import type { Prediction } from "../prediction.ts";
import { errorWeights } from "./errorWeights.ts";
import type { Weights } from "./weights.ts";

/**
 * Truncated SNR weights (Salimans & Ho, arXiv 2202.00512): the error in x0 counts max(SNR, 1), that is the larger one of
 * the errors in eps and in x0, expressed for a network that predicts `prediction`.
 * @throws RangeError if x0 cannot be told from the prediction somewhere (see {@link errorWeights})
 */
export const truncatedSnrWeights = (
  schedule: Schedule,
  { prediction }: { readonly prediction: Prediction },
): Weights => {
  const toX0 = errorWeights(schedule, { from: prediction, to: "x0" });
  const toEps = errorWeights(schedule, { from: prediction, to: "eps" });
  return toX0.map((weight, t) => Math.max(weight, toEps[t]!));
};
