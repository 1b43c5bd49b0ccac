import { alphaBarAt, type Schedule } from "@nonmarkov/schedule";
import type { Denoiser, Prediction } from "./denoiser.ts";
import { type GuidanceScale, guidanceScaleAt } from "./guidanceScale.ts";
import { owned } from "./owned.ts";
import { outputMap } from "./outputMap.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** What {@link classifierGuided} is made of. */
export type ClassifierGuidedOptions<V> = {
  /** The denoiser to guide; borrowed as long as the result is used. */
  readonly denoiser: Denoiser<V>;
  /**
   * The gradient by x of log p(condition | x_t = x), at index t: of a classifier of noisy data, or of any other measure of
   * what is wanted. Borrows x; the caller owns the result.
   */
  readonly gradLogP: (x: V, t: number) => V | Promise<V>;
  /** Gives alphaBar at the index of each call. */
  readonly schedule: Schedule;
  /** 0 is the denoiser as it is, 1 makes an exact classifier condition it exactly, above 1 goes beyond the condition. */
  readonly scale: GuidanceScale;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /** What the denoiser predicts, and the result too; default "eps". */
  readonly prediction?: Prediction;
};

/** How much a prediction changes with the score. */
const perScore = (prediction: Prediction, alphaBar: number): number => {
  const noise = Math.sqrt(1 - alphaBar);
  switch (prediction) {
    case "eps":
      return -noise;
    case "score":
      return 1;
    case "x0":
      return (1 - alphaBar) / Math.sqrt(alphaBar);
    case "v":
      return -noise / Math.sqrt(alphaBar);
  }
};

/**
 * Classifier guidance (Dhariwal and Nichol, arXiv 2105.05233, algorithm 2): adds scale·∇ log p(condition | x_t) to the
 * score, whichever way it is predicted: eps - √(1-a)·scale·gradient, a = alphaBar[t].
 * @throws RangeError if there is no such prediction; when called, at an index outside 0..T, if the scale
 * is not finite, or where alphaBar = 0 and x0 or v is predicted, which the score does not determine there
 */
export const classifierGuided = <V>({
  denoiser,
  gradLogP,
  schedule,
  scale,
  space,
  prediction = "eps",
}: ClassifierGuidedOptions<V>): Denoiser<V> => {
  outputMap(prediction, 0.5); // refuses a prediction that it does not know
  return async (x, t) => {
    const s = guidanceScaleAt("classifierGuided", scale, t);
    if (s === 0) return denoiser(x, t);
    const alphaBar = alphaBarAt(schedule, t);
    const coef = s * perScore(prediction, alphaBar);
    if (!Number.isFinite(coef))
      throw new RangeError(
        `classifierGuided: at t = ${t}, alphaBar = ${alphaBar}, the score does not determine "${prediction}"; start below, or make the scale a function that is 0 there`,
      );
    const mine = owned(space);
    try {
      const output = mine.own(await denoiser(x, t));
      const gradient = mine.own(await gradLogP(x, t));
      return space.combine([1, coef], [output, gradient]);
    } finally {
      mine.keepOnly([]);
    }
  };
};
