import type { Rows } from "./pictures/rows.ts";

/** A point between two others: x at u = 0, y at u = 1. */
export type Between = (x: Float32Array, y: Float32Array, u: number) => ArrayLike<number>;

/**
 * Paths between pairs of rows: path p goes from row 2p to row 2p + 1 of the ends, in `columns` stations, ends included.
 * @param between what a path is: `slerp` for great circles
 * @returns the stations, path after path
 */
export const pathsBetween = ({ n, shape, data }: Rows, columns: number, between: Between): Rows => {
  const size = shape.reduce((a, b) => a * b, 1);
  const count = Math.floor(n / 2);
  const end = (index: number) => data.subarray(index * size, (index + 1) * size);
  const stations = new Float32Array(count * columns * size);
  for (let p = 0; p < count; p++)
    for (let c = 0; c < columns; c++)
      stations.set(between(end(2 * p), end(2 * p + 1), c / (columns - 1)), (p * columns + c) * size);
  return { n: count * columns, shape, data: stations };
};
