/** The middle of some measurements, and how far they lie apart. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly runs: number };

/** Median, least and greatest of the values. */
export const spread = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
  return { median, min: sorted[0]!, max: sorted.at(-1)!, runs: sorted.length };
};
