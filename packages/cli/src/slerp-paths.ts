import { slerp } from "@nonmarkov/samplers";
import type { Rows } from "./pictures/rows.ts";

/**
 * Paths on great circles: path p goes from row 2p to row 2p + 1 of the ends, in `columns` stations, ends included.
 * @returns the stations, path after path
 */
export const slerpPaths = ({ n, shape, data }: Rows, columns: number): Rows => {
  const size = shape.reduce((a, b) => a * b, 1);
  const paths = Math.floor(n / 2);
  const end = (index: number) => data.subarray(index * size, (index + 1) * size);
  const stations = new Float32Array(paths * columns * size);
  for (let p = 0; p < paths; p++)
    for (let c = 0; c < columns; c++)
      stations.set(slerp(end(2 * p), end(2 * p + 1), c / (columns - 1)), (p * columns + c) * size);
  return { n: paths * columns, shape, data: stations };
};
