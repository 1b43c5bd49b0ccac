/**
 * A function of noisy rows at a signal level.
 * @param x rows of `dim` numbers, one after the other; borrowed, left as they are
 * @param alphaBar squared signal level in [0, 1]: x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) noise
 * @throws RangeError where `x` is not whole, finite rows, or alphaBar is outside [0, 1]
 */
export type RowFunction = (x: Float64Array, alphaBar: number) => Float64Array;

/** What the best possible network would answer, for data of known distribution: in float64 and in closed form. */
export type ExactDenoiser = {
  /** Numbers per row. */
  readonly dim: number;
  /** E[x0 | xt], rows of `dim` numbers. */
  readonly x0: RowFunction;
  /**
   * E[eps | xt] = -sqrt(1 - alphaBar) score. At alphaBar = 1 it is 0 where the data have a density, or are met exactly;
   * elsewhere it does not exist, which is a RangeError.
   */
  readonly eps: RowFunction;
  /** The gradient of the log-density of xt. Throws a RangeError where that does not exist (as for `eps`). */
  readonly score: RowFunction;
  /** The log-density of xt, one number per row. Throws a RangeError where there is none: at alphaBar = 1, point masses. */
  readonly logDensity: RowFunction;
};
