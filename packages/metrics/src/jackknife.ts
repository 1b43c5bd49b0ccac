/** A number estimated from a sample, with how sure it is. */
export type Interval = {
  /** The estimate from the whole sample. */
  readonly value: number;
  /** Its standard error. */
  readonly standardError: number;
  /** The lower end of the 95 % interval, value - 1.96 standardError. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
};

/**
 * The delete-a-group jackknife: the standard error of a smooth statistic from what it becomes as each of several groups of
 * the sample, equally large but for one row, is left out; (g - 1)/g times the sum of squared deviations of those values.
 * @param groups how many, at least 2; 20 is usual
 * @param estimate the statistic without a group (0..groups-1), or of everything where it is given undefined
 * @throws RangeError if groups is no such integer
 */
export const jackknife = (groups: number, estimate: (without: number | undefined) => number): Interval => {
  if (!Number.isInteger(groups) || groups < 2)
    throw new RangeError(`jackknife: groups must be an integer >= 2, got ${groups}; 20 is usual`);
  const value = estimate(undefined);
  const reduced = Array.from({ length: groups }, (_, group) => estimate(group));
  const mean = reduced.reduce((sum, one) => sum + one, 0) / groups;
  const squares = reduced.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const standardError = Math.sqrt(((groups - 1) / groups) * squares);
  return { value, standardError, low: value - 1.96 * standardError, high: value + 1.96 * standardError };
};

/** Which group row i of a sample belongs to: they are dealt out in turn. */
export const groupOf = (i: number, groups: number): number => i % groups;
