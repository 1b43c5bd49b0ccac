/** Checks that `x` is whole, finite rows of `dim` numbers; returns how many. */
export const countRows = (where: string, x: Float64Array, dim: number): number => {
  if (x.length % dim !== 0) throw new RangeError(`${where}: x must be rows of ${dim} numbers, got ${x.length} numbers`);
  const wrong = x.findIndex((v) => !Number.isFinite(v));
  if (wrong >= 0) throw new RangeError(`${where}: x must be finite, got ${x[wrong]} in row ${Math.floor(wrong / dim)}`);
  return x.length / dim;
};

/** Checks that `alphaBar` is a squared signal level. */
export const checkAlphaBar = (where: string, alphaBar: number): void => {
  if (!(alphaBar >= 0 && alphaBar <= 1)) throw new RangeError(`${where}: alphaBar must be in [0, 1], got ${alphaBar}`);
};
