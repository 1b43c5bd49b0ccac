import { linearRegression, linearRegressionLine, rSquared } from "simple-statistics";

/** A straight line through points by least squares. */
export type Line = {
  readonly slope: number;
  readonly intercept: number;
  /** The part of the variance that it explains. */
  readonly r2: number;
};

/** The line of least squares; at least two points. */
export const straightLine = (points: readonly (readonly [x: number, y: number])[]): Line => {
  const pairs = points.map(([x, y]) => [x, y]);
  const { m, b } = linearRegression(pairs);
  return { slope: m, intercept: b, r2: rSquared(pairs, linearRegressionLine({ m, b })) };
};

/** The exponent of a power law: the slope of log y against log x. */
export const powerLaw = (points: readonly (readonly [x: number, y: number])[]): Line =>
  straightLine(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
