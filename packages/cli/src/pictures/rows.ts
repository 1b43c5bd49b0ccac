/** n samples of one shape, row-major: images [h, w, c] with values in [-1, 1], or points [2]. */
export type Rows = {
  readonly n: number;
  readonly shape: readonly number[];
  readonly data: Float32Array;
};

/** The samples first .. first + n - 1, sharing the data. */
export const sliceRows = ({ shape, data }: Rows, first: number, n: number): Rows => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { n, shape, data: data.subarray(first * size, (first + n) * size) };
};
