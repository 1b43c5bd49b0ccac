import { alphaBarAt, type Schedule } from "@nonmarkov/schedule";
import type { Denoiser, Prediction } from "./denoiser.ts";
import { outputMap } from "./outputMap.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** What {@link asX0} needs to know of a denoiser. */
export type AsX0Options<V> = {
  /** The denoiser to wrap; borrowed as long as the result is used. */
  readonly denoiser: Denoiser<V>;
  /** Gives alphaBar at the index of each call. */
  readonly schedule: Schedule;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /** What the wrapped denoiser predicts, default "eps". */
  readonly prediction?: Prediction;
  /** Changes the predicted clean data, default not at all. Borrows x0; the caller owns the result. */
  readonly mapX0?: (x0: V) => V | Promise<V>;
};

/**
 * Turns any denoiser into one that predicts x0, changed by mapX0 on the way. Run it with prediction "x0": then the
 * noise is derived anew from the changed x0, eps = (x - √a·x0)/√(1-a), instead of staying as it was predicted.
 * @throws RangeError, when called, at an index outside 0..T, or where the output does not determine x0
 */
export const asX0 =
  <V>({ denoiser, schedule, space, prediction = "eps", mapX0 }: AsX0Options<V>): Denoiser<V> =>
  async (x, t) => {
    const alphaBar = alphaBarAt(schedule, t);
    const coefs = outputMap(prediction, alphaBar).x0;
    if (!coefs.every(Number.isFinite))
      throw new RangeError(
        `asX0: prediction "${prediction}" must determine x0, got t = ${t} with alphaBar = ${alphaBar}; predict "v" or "x0" for zero terminal SNR`,
      );
    const made = new Set<V>();
    const own = (v: V): V => {
      made.add(v);
      return v;
    };
    try {
      const output = own(await denoiser(x, t));
      const x0 = own(space.combine(coefs, [x, output]));
      const result = mapX0 === undefined ? x0 : own(await mapX0(x0));
      made.delete(result);
      return result;
    } finally {
      for (const v of made) space.dispose?.(v);
    }
  };
