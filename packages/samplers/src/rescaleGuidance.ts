/** How {@link rescaleGuidance} treats its arrays. */
export type RescaleGuidanceOptions = {
  /** How much of the rescaled prediction is taken, in 0..1: 0 changes nothing; 0.7 is the paper's choice. */
  readonly phi: number;
  /** How many samples a vector holds: each has its own spread. Default 1. */
  readonly rows?: number;
};

/** The standard deviation of values about their mean. */
const spread = (values: Float64Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

/**
 * Guidance rescaling (Lin et al., arXiv 2305.08891, eqs. (15) and (16)), for arrays: strong guidance spreads predictions
 * too far, which overexposes images; here each sample's guided prediction is multiplied by 1 - phi + phi·(spread of the
 * conditional one)/(its own spread). A prediction without spread stays as it is.
 * @throws RangeError if phi is outside 0..1 or rows is not a positive integer; later, if lengths do not fit
 */
export const rescaleGuidance = ({
  phi,
  rows = 1,
}: RescaleGuidanceOptions): ((guided: Float64Array, conditional: Float64Array) => Float64Array) => {
  if (!(phi >= 0 && phi <= 1)) throw new RangeError(`rescaleGuidance: phi must be in 0..1, got ${phi}`);
  if (!Number.isInteger(rows) || rows < 1)
    throw new RangeError(`rescaleGuidance: rows must be an integer >= 1, got ${rows}`);
  return (guided, conditional) => {
    const width = guided.length / rows;
    if (!Number.isInteger(width) || conditional.length !== guided.length)
      throw new RangeError(
        `rescaleGuidance: both vectors must divide into ${rows} rows of one length, got ${guided.length} and ${conditional.length} numbers`,
      );
    const out = Float64Array.from(guided);
    for (let start = 0; start < out.length; start += width) {
      const row = out.subarray(start, start + width);
      const own = spread(row);
      const wanted = spread(conditional.subarray(start, start + width));
      if (own > 0) row.forEach((value, i) => (row[i] = value * (1 - phi + (phi * wanted) / own)));
    }
    return out;
  };
};
