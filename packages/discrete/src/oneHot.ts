/**
 * Classes as the network sees them: K numbers per coordinate, 1 for its class and 0 for the others.
 * @param x classes in 0..K-1
 * @param classes K
 * @returns x.length·K numbers
 */
export const oneHot = (x: ArrayLike<number>, classes: number): Float32Array => {
  const out = new Float32Array(x.length * classes);
  for (let i = 0; i < x.length; i++) out[i * classes + x[i]!] = 1;
  return out;
};
