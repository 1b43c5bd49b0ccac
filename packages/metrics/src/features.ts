/** A set of feature vectors: what the distances compare. */
export type Features = {
  /** Number of vectors. */
  readonly n: number;
  /** Numbers in each. */
  readonly d: number;
  /** n * d numbers, row after row; borrowed, never changed. */
  readonly data: Float64Array | Float32Array;
};

/** @throws RangeError unless there are at least `least` rows, n * d numbers, all of them finite */
export const checkFeatures = (where: string, { n, d, data }: Features, least: number): void => {
  if (!Number.isInteger(n) || n < least)
    throw new RangeError(`${where}: n must be an integer >= ${least}, got ${n}; draw more samples`);
  if (!Number.isInteger(d) || d < 1 || data.length !== n * d)
    throw new RangeError(`${where}: data must hold n * d = ${n} * ${d} numbers, got ${data.length}; pass rows of d`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new RangeError(`${where}: features must be finite, got ${data[bad]} in row ${Math.floor(bad / d)}; drop it`);
};

/** @throws RangeError unless both are features of the same length */
export const checkPair = (where: string, x: Features, y: Features, least: number): void => {
  checkFeatures(where, x, least);
  checkFeatures(where, y, least);
  if (x.d !== y.d)
    throw new RangeError(`${where}: both sets must have the same d, got ${x.d} and ${y.d}; use one feature function`);
};
