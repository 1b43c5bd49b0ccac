const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Where the power series about 0, whose difference from 1/2 cancels further out, gives way to the continued fraction. */
const seam = 2;

/** Phi(x) - 1/2 for 0 <= x < 2: the density times x + x^3/3 + x^5/15 + ..., all of one sign. */
const fromMiddle = (x: number): number => {
  let term = x;
  let sum = 0;
  for (let n = 3; sum + term !== sum; n += 2) {
    sum += term;
    term *= (x * x) / n;
  }
  return sum * density(x);
};

/** (1 - Phi(x)) / phi(x), Mills' ratio, for x >= 0: about 1/x far out, where numerator and denominator underflow. */
export const millsRatio = (x: number): number => {
  if (x < seam) return (0.5 - fromMiddle(x)) / density(x);
  let fraction = x;
  for (let k = 80; k > 0; k--) fraction = x + k / fraction;
  return 1 / fraction;
};

/** 1 - Phi(x), the chance that a standard normal number exceeds x, for x >= 0. */
export const normalTail = (x: number): number => (x < seam ? 0.5 - fromMiddle(x) : density(x) * millsRatio(x));
