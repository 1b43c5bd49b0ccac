/**
 * Mixes arrays by a mask: mask·known + (1 - mask)·other, exactly one of them where the mask is 0 or 1.
 * @param mask in 0..1, as long as the vectors
 * @throws RangeError if the mask leaves 0..1; later, if lengths differ
 */
export const blend = (mask: ArrayLike<number>): ((known: Float64Array, other: Float64Array) => Float64Array) => {
  const weights = Float64Array.from(mask);
  const wrong = weights.findIndex((m) => !(m >= 0 && m <= 1));
  if (wrong >= 0) throw new RangeError(`blend: mask[${wrong}] must be in 0..1, got ${weights[wrong]}`);
  return (known, other) => {
    if (known.length !== weights.length || other.length !== weights.length)
      throw new RangeError(
        `blend: vectors must be as long as the mask, ${weights.length}, got ${known.length} and ${other.length}`,
      );
    return weights.map((m, i) => (m === 1 ? known[i]! : m === 0 ? other[i]! : m * known[i]! + (1 - m) * other[i]!));
  };
};
