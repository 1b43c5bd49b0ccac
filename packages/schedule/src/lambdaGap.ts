/**
 * lambda(to) - lambda(from), lambda = log √(alphaBar/(1 - alphaBar)), without subtracting the two: 0 between equals,
 * infinite where just one end is clean data or pure noise.
 */
export const lambdaGap = (from: number, to: number): number => {
  if (from === to) return 0;
  return from < to ? Math.log1p((to - from) / (from * (1 - to))) / 2 : -lambdaGap(to, from);
};
