/**
 * Clips predicted clean data to -limit..limit, for arrays.
 * @throws RangeError unless limit > 0
 */
export const clipX0 = (limit: number = 1): ((x0: Float64Array) => Float64Array) => {
  if (!(limit > 0)) throw new RangeError(`clipX0: limit must be > 0, got ${limit}`);
  return (x0) => x0.map((value) => Math.min(limit, Math.max(-limit, value)));
};
