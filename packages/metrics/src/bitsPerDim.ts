/** How nats become bits. */
export type BitsPerDimOptions = {
  /** Numbers per row. */
  readonly dim: number;
  /**
   * The width of a level, where the nats are of a density over levels with uniform noise: 1/128 for {@link dequantize},
   * which adds 7 bits. Default 1: the nats are of the levels themselves.
   */
  readonly binWidth?: number;
};

/**
 * A negative log-likelihood in bits per dimension: nats/(dim ln 2) - log2(binWidth). The variational bound of 8-bit data
 * needs no binWidth, the density that {@link odeLogLikelihood} gives at dequantized data needs 1/128.
 * @throws RangeError if dim is not an integer >= 1, or binWidth is not above 0
 */
export const bitsPerDim = (nats: number, { dim, binWidth = 1 }: BitsPerDimOptions): number => {
  if (!Number.isInteger(dim) || dim < 1)
    throw new RangeError(`bitsPerDim: dim must be an integer >= 1, got ${dim}; count the numbers of one row`);
  if (!(binWidth > 0 && binWidth < Infinity))
    throw new RangeError(
      `bitsPerDim: binWidth must be above 0, got ${binWidth}; leave it out for likelihoods of levels`,
    );
  return nats / (dim * Math.LN2) - Math.log2(binWidth);
};
