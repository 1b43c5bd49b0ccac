import type { Corrector } from "./corrector.ts";
import { owned } from "./owned.ts";

/** What is known of the samples, and where. */
export type Known<V> = {
  /** Clean data of the batch's shape, of which only the known part matters; borrowed as long as the run lasts. */
  readonly known: V;
  /**
   * A vector that is `known` where the data are known and `other` elsewhere: see `blend`, or `blendTensor` of autodiff.
   * Borrows both; the caller owns the result.
   */
  readonly blend: (known: V, other: V) => V;
};

/**
 * Inpainting by the state, RePaint's algorithm 1 (Lugmayr et al., arXiv 2201.09865): after each move the known part is
 * replaced by itself with fresh noise, a draw of q(x_s | known). No evaluation of the network is added. The move to clean
 * data is not corrected: blend the sample with the known data at the end. Its condition is met better where noise is added
 * again and the moves are repeated, see `resampled`.
 * @throws RangeError, when correcting, if the run has no key
 */
export const replaceKnown =
  <V>({ known, blend }: Known<V>): Corrector<V> =>
  async ({ x, alphaBar, space, key, firstIndex }) => {
    if (key === undefined)
      throw new RangeError("replaceKnown: there must be a key, got none; pass key: key(seed) to the run");
    const mine = owned(space);
    try {
      const z = mine.own(space.normal(key, x, firstIndex));
      const noisy = mine.own(space.combine([Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)], [known, z]));
      return blend(noisy, x);
    } finally {
      mine.keepOnly([]);
    }
  };
