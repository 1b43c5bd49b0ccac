/** Rows of numbers, one after the other; borrowed, never changed. */
export type Rows = Float64Array | Float32Array;

/**
 * How many rows of `dim` numbers there are.
 * @throws RangeError unless dim is an integer >= 1 and x holds at least one row, whole and finite
 */
export const countRows = (where: string, name: string, x: Rows, dim: number): number => {
  if (!Number.isInteger(dim) || dim < 1)
    throw new RangeError(`${where}: dim must be an integer >= 1, got ${dim}; count the numbers of one row`);
  if (x.length === 0 || x.length % dim !== 0)
    throw new RangeError(`${where}: ${name} must be rows of dim = ${dim} numbers, got ${x.length}; pass whole rows`);
  const bad = x.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new RangeError(
      `${where}: ${name} must be finite, got ${x[bad]} in row ${Math.floor(bad / dim)}; look for where it arose`,
    );
  return x.length / dim;
};

/** @throws RangeError unless a denoiser's answer has as many numbers as it was asked about */
export const checkLength = (where: string, name: string, got: Rows, want: number): void => {
  if (got.length !== want)
    throw new RangeError(
      `${where}: ${name} must have ${want} numbers, got ${got.length}; answer with one row for each row`,
    );
};
