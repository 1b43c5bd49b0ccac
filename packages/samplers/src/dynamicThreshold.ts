/** How far predicted clean data may spread before they are pulled in. */
export type DynamicThresholdOptions = {
  /** The quantile of |x0| that becomes the bound, default 0.995. */
  readonly ratio?: number;
  /** The largest bound, at least 1; default 1, which is plain clipping. */
  readonly max?: number;
  /** How many samples a vector holds: each has its own quantile. Default 1. */
  readonly rows?: number;
};

/** The quantile of unsorted values, linear between order statistics. */
const quantile = (values: Float64Array, ratio: number): number => {
  const sorted = values.toSorted();
  const place = ratio * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
};

/**
 * Dynamic thresholding of predicted clean data, for arrays: per sample, the bound is the quantile of |x0|, kept within
 * 1..max; x0 is clipped to it and divided by it.
 * @throws RangeError if ratio is outside 0..1, max < 1 or rows is not a positive integer
 */
export const dynamicThreshold = ({ ratio = 0.995, max = 1, rows = 1 }: DynamicThresholdOptions = {}): ((
  x0: Float64Array,
) => Float64Array) => {
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`dynamicThreshold: ratio must be in 0..1, got ${ratio}`);
  if (!(max >= 1)) throw new RangeError(`dynamicThreshold: max must be >= 1, got ${max}`);
  if (!Number.isInteger(rows) || rows < 1)
    throw new RangeError(`dynamicThreshold: rows must be an integer >= 1, got ${rows}`);
  return (x0) => {
    const width = x0.length / rows;
    if (!Number.isInteger(width))
      throw new RangeError(`dynamicThreshold: a vector of length ${x0.length} must divide into ${rows} rows`);
    const out = new Float64Array(x0.length);
    for (let start = 0; start < x0.length; start += width) {
      const row = x0.subarray(start, start + width);
      const bound = Math.min(max, Math.max(1, quantile(row.map(Math.abs), ratio)));
      out.set(
        row.map((value) => Math.min(bound, Math.max(-bound, value)) / bound),
        start,
      );
    }
    return out;
  };
};
