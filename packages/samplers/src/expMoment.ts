/**
 * h·∫ exp(-h(1 - u))·u^k du over u in 0..1: what an exponential integrator makes of the power u^k of the way that it goes
 * in h. k! times the phi functions of the literature; 1 - exp(-h) for k = 0, about h/(k + 1) for small h.
 * @param h finite, of either sign
 */
export const expMoment = (k: number, h: number): number => {
  if (k === 0) return -Math.expm1(-h);
  // the recursion divides differences by h; near 0 the series does not
  if (Math.abs(h) > 2) return 1 - (k / h) * expMoment(k - 1, h);
  let sum = 0;
  let term = h / (k + 1);
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    sum += term;
    term *= -h / (n + k + 1);
  }
  return sum;
};
