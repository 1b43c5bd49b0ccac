/** The probability of one class given another. */
export type Kernel = (to: number, from: number) => number;

/** q(x_t|x_0) = alphaBar·[x_t = x_0] + (1 - alphaBar)/K, common to the whole family. */
export const marginal = (alphaBar: number, classes: number): Kernel => {
  const drawn = (1 - alphaBar) / classes;
  return (xt, x0) => (xt === x0 ? alphaBar + drawn : drawn);
};
