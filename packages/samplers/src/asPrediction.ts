import { alphaBarAt, type Schedule } from "@nonmarkov/schedule";
import type { Denoiser, Prediction } from "./denoiser.ts";
import { outputMap } from "./outputMap.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** What {@link asPrediction} needs to know of a denoiser. */
export type AsPredictionOptions<V> = {
  /** The denoiser to wrap; borrowed as long as the result is used. */
  readonly denoiser: Denoiser<V>;
  /** Gives alphaBar at the index of each call. */
  readonly schedule: Schedule;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /** What the wrapped denoiser predicts, default "eps". */
  readonly from?: Prediction;
  /** What the result predicts. */
  readonly to: Prediction;
};

/** [coefficient of x, of the output] of one prediction in terms of another; infinite or NaN where it is not determined. */
const between = (from: Prediction, to: Prediction, alphaBar: number): readonly number[] => {
  if (from === to) return [0, 1];
  const { x0, eps } = outputMap(from, alphaBar);
  const noise = Math.sqrt(1 - alphaBar);
  switch (to) {
    case "eps":
      return eps;
    case "x0":
      return x0;
    // no cancellation: where both terms are there, they have one sign
    case "v":
      return eps.map((c, i) => Math.sqrt(alphaBar) * c - noise * x0[i]!);
    case "score":
      return eps.map((c) => -c / noise);
    default:
      throw new RangeError(`asPrediction: to must be "eps", "x0", "v" or "score", got ${JSON.stringify(to)}`);
  }
};

/**
 * Turns a denoiser that predicts one of eps, x0, v and the score into one that predicts another, for what needs it so: to mix
 * two networks, or to map x0 with `asX0`. A run needs none of this, since it takes every prediction.
 * @throws RangeError if there is no such prediction; when called, at an index outside 0..T, or where the
 * one prediction does not determine the other
 */
export const asPrediction = <V>({
  denoiser,
  schedule,
  space,
  from = "eps",
  to,
}: AsPredictionOptions<V>): Denoiser<V> => {
  between(from, to, 0.5); // refuses predictions that it does not know
  return async (x, t) => {
    const alphaBar = alphaBarAt(schedule, t);
    const coefs = between(from, to, alphaBar);
    if (!coefs.every(Number.isFinite))
      throw new RangeError(
        `asPrediction: at t = ${t}, alphaBar = ${alphaBar}, "${from}" does not determine "${to}"; predict "v", which determines eps and x0 everywhere`,
      );
    const output = await denoiser(x, t);
    try {
      return space.combine(coefs, [x, output]);
    } finally {
      space.dispose?.(output);
    }
  };
};
