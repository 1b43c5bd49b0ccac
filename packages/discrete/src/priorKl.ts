/**
 * KL( q(x_T|x_0) || uniform ) of one coordinate in nats: what the data are still known by at the start of sampling.
 * @param alphaBar alphaBar[T]
 * @param classes K
 */
export const priorKl = (alphaBar: number, classes: number): number => {
  const drawn = (1 - alphaBar) / classes;
  const rest = drawn === 0 ? 0 : (classes - 1) * drawn * Math.log1p(-alphaBar);
  return Math.max(0, (alphaBar + drawn) * Math.log1p((classes - 1) * alphaBar) + rest);
};
