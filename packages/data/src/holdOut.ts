import type { Dataset } from "./dataset.ts";

/** A data set in two parts without a common row. */
export type Parts = {
  /** All rows but every k-th. */
  readonly train: Dataset;
  /** Every k-th row: k - 1, 2k - 1, ... */
  readonly heldOut: Dataset;
};

/**
 * Sets every k-th row aside, by its place alone: the parts are the same whatever key is used. Rows of generated data, of
 * which there are endlessly many, are parted in the same way.
 * @param every k, at least 2
 * @throws RangeError if k is no such integer, or the data set has fewer than k rows
 */
export const holdOut = (dataset: Dataset, every: number): Parts => {
  const { name, size } = dataset;
  if (!Number.isSafeInteger(every) || every < 2)
    throw new RangeError(`holdOut: every must be an integer of at least 2, got ${every}`);
  if (size < every)
    throw new RangeError(`holdOut: ${name} must have at least ${every} rows, got ${size}; hold out a larger part`);
  const kept = every - 1;
  const part = (suffix: string, count: number, indexOf: (row: number) => number): Dataset => ({
    ...dataset,
    name: `${name}-${suffix}`,
    size: count,
    rows: (indices, key) => dataset.rows(Array.from(indices, checked(name, count, indexOf)), key),
  });
  const heldOutSize = Number.isFinite(size) ? Math.floor(size / every) : size;
  return {
    train: part("kept", Number.isFinite(size) ? size - heldOutSize : size, (row) => {
      const block = Math.floor(row / kept);
      return block * every + (row - block * kept);
    }),
    heldOut: part("held-out", heldOutSize, (row) => row * every + kept),
  };
};

const checked =
  (name: string, size: number, indexOf: (row: number) => number) =>
  (row: number): number => {
    if (Number.isSafeInteger(row) && row >= 0 && row < size) return indexOf(row);
    throw new RangeError(`${name}: a row's index must be an integer in 0..${size - 1}, got ${row}`);
  };
