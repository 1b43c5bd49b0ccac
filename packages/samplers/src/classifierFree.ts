import type { Denoiser } from "./denoiser.ts";
import { type GuidanceScale, guidanceScaleAt } from "./guidanceScale.ts";
import { owned } from "./owned.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** What {@link classifierFree} mixes. */
export type ClassifierFreeOptions<V> = {
  /** Predicts for the wanted condition; borrowed as long as the result is used. */
  readonly conditional: Denoiser<V>;
  /** Predicts the same kind of output without a condition; likewise. */
  readonly unconditional: Denoiser<V>;
  /**
   * Both at once, [conditional, unconditional], as in one batch of twice the size; default one after the other. Borrows x;
   * the caller owns the two results. Where the scale is 0 or 1 only one is needed, and evaluated by itself.
   */
  readonly both?: (x: V, t: number) => readonly [V, V] | Promise<readonly [V, V]>;
  /**
   * 1 is the conditional denoiser as it is, 0 the unconditional one, above 1 goes beyond the condition: 1 + w in the paper's
   * w, and what is elsewhere called the guidance scale.
   */
  readonly scale: GuidanceScale;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /**
   * Changes the mixed prediction in the light of the conditional one, default not at all: see `rescaleGuidance`. Borrows
   * both; the caller owns the result.
   */
  readonly rescale?: (guided: V, conditional: V) => V | Promise<V>;
};

/**
 * Classifier-free guidance (Ho and Salimans, arXiv 2207.12598, eq. (6)): unconditional + scale·(conditional -
 * unconditional). The mixture is affine, so that it means the same whether eps, x0, v or the score is predicted.
 * @throws RangeError, when called, if the scale is not finite
 */
export const classifierFree =
  <V>({ conditional, unconditional, both, scale, space, rescale }: ClassifierFreeOptions<V>): Denoiser<V> =>
  async (x, t) => {
    const s = guidanceScaleAt("classifierFree", scale, t);
    if (s === 1) return conditional(x, t);
    if (s === 0 && rescale === undefined) return unconditional(x, t);
    const mine = owned(space);
    try {
      const pair = both === undefined ? undefined : await both(x, t);
      for (const vector of pair ?? []) mine.own(vector);
      const [with_, without] = pair ?? [mine.own(await conditional(x, t)), mine.own(await unconditional(x, t))];
      const guided = mine.own(space.combine([s, 1 - s], [with_, without]));
      return mine.release(rescale === undefined ? guided : mine.own(await rescale(guided, with_)));
    } finally {
      mine.keepOnly([]);
    }
  };
