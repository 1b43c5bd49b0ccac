import { interpolationWeights } from "./interpolationWeights.ts";
import type { PastNode } from "./pastNodes.ts";

/**
 * The weights of this evaluation's prediction, the one before, ..., for the polynomial through this and earlier ones.
 * @param moments what the move makes of the power k of the way, for a polynomial through that many nodes
 */
export const multistepWeights = (
  past: readonly PastNode[],
  moments: (count: number) => readonly number[],
): readonly number[] => {
  const [now, ...then] = interpolationWeights([0, ...past.map(({ place }) => place)], moments(past.length + 1));
  const weights = [now!, ...new Array<number>(past.at(-1)?.back ?? 0).fill(0)];
  past.forEach(({ back }, j) => (weights[back] = then[j]!));
  return weights;
};
