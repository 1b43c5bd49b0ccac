/**
 * The sub-sequence that starts sampling at any index t: the entries of tau below t, then t itself.
 * @param tau ascending
 * @param t an index >= 1
 * @throws RangeError if t is not an integer >= 1
 */
export const tauFrom = (tau: readonly number[], t: number): readonly number[] => {
  if (!Number.isInteger(t) || t < 1) throw new RangeError(`tauFrom: t must be an integer >= 1, got ${t}`);
  return [...tau.filter((entry) => entry < t), t];
};
