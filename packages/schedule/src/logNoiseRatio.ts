/**
 * log(noiseToSignal(ab) / noiseToSignal(abLess)) for ab <= abLess, without the cancelling difference of logarithms where they
 * are close. Infinity from abLess = 1 and to ab = 0, but 0 between equals.
 */
export const logNoiseRatio = (abLess: number, ab: number): number =>
  ab === abLess ? 0 : Math.log1p((abLess - ab) / ((1 - abLess) * ab)) / 2;
