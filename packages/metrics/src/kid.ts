import { foldIn, type Key, permutation, split } from "@nonmarkov/random";
import { checkPair, type Features } from "./features.ts";
import { polynomialMmd } from "./polynomialMmd.ts";

/** How KID is estimated. */
export type KidOptions = {
  /** Chooses the subsets; used once. */
  readonly key: Key;
  /** How many pairs of subsets are drawn, default 100. */
  readonly subsets?: number;
  /** Vectors in each, default 1000 or as many as there are. */
  readonly subsetSize?: number;
};

/** A kernel distance with its uncertainty. */
export type Kid = {
  /** Mean of the unbiased estimates over the subsets. */
  readonly mean: number;
  /** Standard deviation of the estimates over the subsets; 0 for one subset. */
  readonly std: number;
};

/** The rows of a set that an order begins with. */
const take = ({ d, data }: Features, order: Int32Array, n: number): Features => {
  const taken = new Float64Array(n * d);
  for (let i = 0; i < n; i++) taken.set(data.subarray(order[i]! * d, (order[i]! + 1) * d), i * d);
  return { n, d, data: taken };
};

/**
 * The kernel distance of two feature sets: the mean of {@link polynomialMmd} over pairs of random subsets, each drawn
 * without replacement. With Inception features this is KID.
 * @throws RangeError if a set has fewer than two vectors, their lengths differ, a number is not finite, or the subsets are
 * fewer than one or larger than a set
 */
export const kid = (x: Features, y: Features, { key, subsets = 100, subsetSize }: KidOptions): Kid => {
  checkPair("kid", x, y, 2);
  const most = Math.min(x.n, y.n);
  const size = subsetSize ?? Math.min(1000, most);
  if (!Number.isInteger(size) || size < 2 || size > most)
    throw new RangeError(`kid: subsetSize must be an integer in 2..${most}, got ${size}; the smaller set limits it`);
  if (!Number.isInteger(subsets) || subsets < 1)
    throw new RangeError(`kid: subsets must be an integer >= 1, got ${subsets}; leave it out for 100`);
  const estimates = Array.from({ length: subsets }, (_, i) => {
    const [keyX, keyY] = split(foldIn(key, i), 2) as [Key, Key];
    return polynomialMmd(take(x, permutation(keyX, x.n), size), take(y, permutation(keyY, y.n), size));
  });
  const mean = estimates.reduce((sum, value) => sum + value, 0) / subsets;
  const squares = estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / Math.max(1, subsets - 1)) };
};
