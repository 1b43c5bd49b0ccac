/** log of the gamma function for x >= 1/2 (Lanczos, g = 7), to about 1e-13: enough for the tests' p-values. */
const logGamma = (x: number): number => {
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const t = x + 6.5;
  const sum = c.reduce((acc, ci, i) => (i === 0 ? ci : acc + ci / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
};

/** P(chi-square with `degrees` > x), by the series of the regularised lower incomplete gamma function. */
export const chiSquareTail = (x: number, degrees: number): number => {
  const a = degrees / 2;
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * 1e-15; n++) sum += term *= x / 2 / (a + n);
  return 1 - sum * Math.exp(-x / 2 + a * Math.log(x / 2) - logGamma(a));
};

/** p-value of Pearson's test that counts come from equally likely cells. */
export const uniformCells = (counts: ArrayLike<number>): number => {
  const cells = Array.from(counts);
  const expected = cells.reduce((a, b) => a + b, 0) / cells.length;
  return chiSquareTail(
    cells.reduce((acc, c) => acc + (c - expected) ** 2 / expected, 0),
    cells.length - 1,
  );
};

/** p-value of the Kolmogorov-Smirnov test of values against a distribution function (asymptotic, n large). */
export const ksTail = (values: Float64Array, cdf: (x: number) => number): number => {
  const sorted = values.slice().sort();
  const n = sorted.length;
  let d = 0;
  sorted.forEach((x, i) => {
    const p = cdf(x);
    d = Math.max(d, (i + 1) / n - p, p - i / n);
  });
  const l = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * d;
  let tail = 0;
  for (let k = 1; k <= 100; k++) tail += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * l * l);
  return Math.min(1, tail);
};

/** The standard normal distribution function, by the series of erf: good to 1e-13 for |x| < 6. */
export const normalCdf = (x: number): number => {
  if (Math.abs(x) > 6) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17; n++) sum += term *= (x * x) / (2 * n + 1);
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
};
