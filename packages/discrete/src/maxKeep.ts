/**
 * The largest admissible weight of x_t in appendix A's family, (1 - abS)/(1 - abT): with it the uniform part is gone. All of
 * 0..maxKeep are admissible, no others. Without noise at t (abT = 1) it is 1.
 * @param abT alphaBar[t], at most abS
 * @param abS alphaBar[s]
 */
export const maxKeep = (abT: number, abS: number): number => (abT === 1 ? 1 : (1 - abS) / (1 - abT));
