/** The standard normal distribution function, by its power series, which is exact to rounding where it is used. */
export const normalCdf = (x: number): number => {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
};

/** P(|Z| > |z|), also far out in the tail: by the continued fraction there. */
const twoSided = (z: number): number => {
  const x = Math.abs(z);
  if (x < 4) return 2 * (1 - normalCdf(x));
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / fraction;
  return (2 * Math.exp((-x * x) / 2)) / (fraction * Math.sqrt(2 * Math.PI));
};

/** p-value of the Kolmogorov-Smirnov test that values are drawn from a distribution; Stephens' approximation. */
export const kolmogorovSmirnovTest = (values: Float64Array, cdf: (x: number) => number): number => {
  const n = values.length;
  let distance = 0;
  values.toSorted().forEach((value, i) => {
    const p = cdf(value);
    distance = Math.max(distance, p - i / n, (i + 1) / n - p);
  });
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  // the series' terms hardly fall for a small lambda, where the probability is 1
  if (lambda < 0.3) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * (k * lambda) ** 2);
  return Math.min(1, sum);
};

/** p-value of Pearson's test that values fall evenly into cells of equal probability; Wilson and Hilferty's cube root. */
export const chiSquareTest = (values: Float64Array, cdf: (x: number) => number, cells: number): number => {
  const counts = new Float64Array(cells);
  for (const value of values) counts[Math.min(cells - 1, Math.floor(cells * cdf(value)))]!++;
  const expected = values.length / cells;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = cells - 1;
  const z = (Math.cbrt(statistic / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
  return z > 0 ? twoSided(z) / 2 : 1 - twoSided(z) / 2;
};

/** p-value of the test that two samples have no correlation; Fisher's transformation. */
export const correlationTest = (x: Float64Array, y: Float64Array): number => {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const sumOf = (f: (i: number) => number): number => x.reduce((sum, _, i) => sum + f(i), 0);
  const correlation =
    sumOf((i) => (x[i]! - mx) * (y[i]! - my)) /
    Math.sqrt(sumOf((i) => (x[i]! - mx) ** 2) * sumOf((i) => (y[i]! - my) ** 2));
  return twoSided(Math.atanh(correlation) * Math.sqrt(x.length - 3));
};
