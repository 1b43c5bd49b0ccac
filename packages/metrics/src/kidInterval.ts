import { checkPair, type Features } from "./features.ts";
import { groupOf, type Interval, jackknife } from "./jackknife.ts";
import { polynomialKernel } from "./polynomialMmd.ts";

/** Sums of the kernel over pairs of rows, by the groups that the rows of x belong to. */
type Sums = {
  /** [groups * groups]: pairs of different rows of x. */
  readonly within: Float64Array;
  /** [groups]: pairs of a row of x and a row of y. */
  readonly across: Float64Array;
  /** Pairs of different rows of y. */
  readonly reference: number;
};

const sumsOf = (x: Features, y: Features, groups: number): Sums => {
  const { d } = x;
  const within = new Float64Array(groups * groups);
  const across = new Float64Array(groups);
  for (let i = 0; i < x.n; i++) {
    const group = groupOf(i, groups);
    for (let j = 0; j < i; j++)
      within[group * groups + groupOf(j, groups)]! += 2 * polynomialKernel(x.data, i * d, x.data, j * d, d);
    for (let j = 0; j < y.n; j++) across[group]! += polynomialKernel(x.data, i * d, y.data, j * d, d);
  }
  let reference = 0;
  for (let i = 0; i < y.n; i++)
    for (let j = 0; j < i; j++) reference += 2 * polynomialKernel(y.data, i * d, y.data, j * d, d);
  return { within, across, reference };
};

/**
 * The kernel distance of a sample to a reference ({@link polynomialMmd} of all rows, no subsets) with the standard error of
 * drawing the sample, by the jackknife. Unbiased: its mean does not depend on n.
 * @param options groups of the jackknife, default 20
 * @throws RangeError if the sample has fewer rows than groups, the widths differ, or a number is not finite
 */
export const kidInterval = (x: Features, y: Features, { groups = 20 }: { readonly groups?: number } = {}): Interval => {
  checkPair("kidInterval", x, y, Math.max(4, groups));
  const { within, across, reference } = sumsOf(x, y, groups);
  const all = Array.from({ length: groups }, (_, group) => group);
  const sizes = all.map((group) => Math.floor((x.n - 1 - group) / groups) + 1);
  const estimate = (left: number | undefined): number => {
    const kept = all.filter((group) => group !== left);
    const n = kept.reduce((sum, group) => sum + sizes[group]!, 0);
    const ofX = kept.reduce((sum, g) => sum + kept.reduce((row, h) => row + within[g * groups + h]!, 0), 0);
    const ofBoth = kept.reduce((sum, group) => sum + across[group]!, 0);
    return ofX / (n * (n - 1)) + reference / (y.n * (y.n - 1)) - (2 * ofBoth) / (n * y.n);
  };
  return jackknife(groups, estimate);
};
