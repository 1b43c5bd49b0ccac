/**
 * ∫ y^(a-1) (1-y)^(b-1) dy from 0 to x <= 1/2: the incomplete beta function, as x^a (1-x)^b times a hypergeometric series
 * of positive terms.
 */
const incompleteBeta = (x: number, a: number, b: number): number => {
  let term = 1 / a;
  let sum = 0;
  for (let n = 1; term > sum * 1e-17; n++) {
    sum += term;
    term *= (x * (a + b + n - 1)) / (a + n);
  }
  return sum * x ** a * (1 - x) ** b;
};

/** The x <= 1/2 whose incomplete beta function is `wanted`, by bisection. */
const inverse = (wanted: number, a: number, b: number): number => {
  let [low, high] = [0, 0.5];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return high;
    if (incompleteBeta(middle, a, b) < wanted) low = middle;
    else high = middle;
  }
};

/** The inverse of the beta distribution's cumulative distribution function: P(y <= result) = p, for p within (0, 1). */
export const betaQuantile = (p: number, a: number, b: number): number => {
  const half = incompleteBeta(0.5, a, b);
  const whole = half + incompleteBeta(0.5, b, a);
  return p * whole <= half ? inverse(p * whole, a, b) : 1 - inverse((1 - p) * whole, b, a);
};
