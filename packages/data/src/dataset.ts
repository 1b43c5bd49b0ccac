import type { Key } from "@nonmarkov/random";

/** Rows of data with their labels; the arrays are the caller's own. */
export type Batch = {
  /** The values, row-major [size, ...shape]; images are NHWC in [-1, 1]. */
  readonly x: Float32Array;
  /** One class per row, in 0..classes-1; zeros where the data are unlabelled. */
  readonly labels: Int32Array;
  /** The number of rows. */
  readonly size: number;
};

/** Data as a function of row numbers and a key: nothing is drawn, opened or remembered between calls. */
export type Dataset = {
  /** What to call it in reports. */
  readonly name: string;
  /** The shape of one row: [height, width, channels], or [2] for points. */
  readonly shape: readonly number[];
  /** The number of rows; Infinity where they are generated. */
  readonly size: number;
  /** The number of classes; 0 if unlabelled. */
  readonly classes: number;
  /**
   * The rows of these indices, each in 0..size-1, in their order. What is random about row i (all of it where rows are
   * generated; a flip) is drawn from foldIn(key, i): it does not depend on the other rows asked for.
   */
  readonly rows: (indices: ArrayLike<number>, key: Key) => Batch;
};

/** The number of values of a row. */
export const rowLength = ({ shape }: Pick<Dataset, "shape">): number => shape.reduce((a, b) => a * b, 1);
