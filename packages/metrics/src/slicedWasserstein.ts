import { foldIn, type Key, normal } from "@nonmarkov/random";
import { checkPair, type Features } from "./features.ts";

/** How the sliced Wasserstein distance is estimated. */
export type SlicedWassersteinOptions = {
  /** Chooses the directions; the same key makes distances comparable. */
  readonly key: Key;
  /** How many directions are drawn, default 128. The first ones do not depend on how many there are. */
  readonly projections?: number;
  /** The order of the distance, at least 1; default 2. */
  readonly p?: number;
};

/** The rows' coordinates along a direction, ascending. */
const project = ({ n, d, data }: Features, direction: Float64Array): Float64Array => {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let dot = 0;
    for (let j = 0; j < d; j++) dot += data[i * d + j]! * direction[j]!;
    out[i] = dot;
  }
  return out.sort();
};

/** The p-th power of the distance of two sorted lists: the integral of |difference of their quantile functions|^p. */
const sortedDistance = (a: Float64Array, b: Float64Array, p: number): number => {
  const [n, m] = [a.length, b.length];
  // quantile levels in units of 1/(n m), where both functions step at integers
  let level = 0;
  let sum = 0;
  for (let i = 0, j = 0; i < n && j < m;) {
    const next = Math.min((i + 1) * m, (j + 1) * n);
    sum += (next - level) * Math.abs(a[i]! - b[j]!) ** p;
    level = next;
    if ((i + 1) * m === next) i += 1;
    if ((j + 1) * n === next) j += 1;
  }
  return sum / (n * m);
};

/** A random unit vector. */
const directionOf = (key: Key, d: number): Float64Array => {
  const z = normal(key, d);
  const norm = Math.sqrt(z.reduce((sum, value) => sum + value * value, 0));
  return z.map((value) => value / norm);
};

/**
 * The sliced Wasserstein distance of two sets of vectors, not necessarily of the same size: the p-Wasserstein distances of
 * their projections onto random directions, averaged as (mean of the p-th powers)^(1/p).
 * @throws RangeError if a set is empty, their lengths differ, a number is not finite, projections < 1, or p < 1
 */
export const slicedWasserstein = (
  x: Features,
  y: Features,
  { key, projections = 128, p = 2 }: SlicedWassersteinOptions,
): number => {
  checkPair("slicedWasserstein", x, y, 1);
  if (!Number.isInteger(projections) || projections < 1)
    throw new RangeError(
      `slicedWasserstein: projections must be an integer >= 1, got ${projections}; leave it out for 128`,
    );
  if (!(p >= 1 && p < Infinity)) throw new RangeError(`slicedWasserstein: p must be in [1, ∞), got ${p}; 2 is usual`);
  let sum = 0;
  for (let i = 0; i < projections; i++) {
    const direction = directionOf(foldIn(key, i), x.d);
    sum += sortedDistance(project(x, direction), project(y, direction), p);
  }
  return (sum / projections) ** (1 / p);
};
