import { foldIn, type Key, permutation } from "@nonmarkov/random";

/** A run of consecutive terms, of which two are drawn. */
export type Stratum = {
  /** The two that are drawn. */
  readonly drawn: readonly [number, number];
  /** How many terms it has. */
  readonly size: number;
};

/** How many terms each of `count` runs has, from the last term to the first: at least two, and about the same weight. */
const runLengths = (weights: readonly number[], count: number): number[] => {
  let end = weights.length;
  let rest = weights.reduce((a, b) => a + b, 0);
  return Array.from({ length: count }, (_, i) => {
    const left = count - i;
    if (left === 1) return end;
    const share = rest / left;
    const most = end - 2 * (left - 1);
    let size = 0;
    let taken = 0;
    while (size < 2 || (size < most && taken + weights[end - 1]! / 2 < share)) {
      taken += weights[--end]!;
      size++;
    }
    rest -= taken;
    return size;
  });
};

/**
 * Divides consecutive terms into runs of about the same weight, and draws two different terms of each.
 * @param weights about how large each term is
 * @param terms how many to draw, even and at most as many as there are
 */
export const drawStrata = (key: Key, weights: readonly number[], terms: number): Stratum[] => {
  let end = weights.length;
  return runLengths(weights, terms / 2).map((size, h) => {
    end -= size;
    const order = permutation(foldIn(key, h), size);
    return { drawn: [end + order[0]!, end + order[1]!], size };
  });
};

/**
 * The unbiased estimate of a sum of terms from two of each stratum, and its variance, unbiased as well: size times their mean, and
 * size (size - 2) / 4 times the square of their difference.
 */
export const estimateSum = (
  strata: readonly Stratum[],
  value: (term: number) => number,
): { sum: number; variance: number } =>
  strata.reduce(
    ({ sum, variance }, { drawn: [a, b], size }) => ({
      sum: sum + (size * (value(a) + value(b))) / 2,
      variance: variance + (size * (size - 2) * (value(a) - value(b)) ** 2) / 4,
    }),
    { sum: 0, variance: 0 },
  );
