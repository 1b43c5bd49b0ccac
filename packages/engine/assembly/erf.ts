/** The error function in f64: its series near 0, the continued fraction of its complement beyond. */
export function erf(x: f64): f64 {
  const z = NativeMath.abs(x);
  if (!(z == z)) return NaN;
  if (z > 6) return x > 0 ? 1 : -1;
  if (z < 2.5) {
    let term = z, sum = z;
    for (let n = 1; n < 80; n++) {
      term *= (-z * z) / <f64>n;
      const part = term / <f64>(2 * n + 1);
      sum += part;
      if (NativeMath.abs(part) < 1e-17 * sum) break;
    }
    const value = 1.1283791670955126 * sum;
    return x > 0 ? value : -value;
  }
  let fraction = z;
  for (let n = 40; n > 0; n--) fraction = z + (<f64>n * 0.5) / fraction;
  const value = 1 - NativeMath.exp(-z * z) / (1.7724538509055159 * fraction);
  return x > 0 ? value : -value;
}
