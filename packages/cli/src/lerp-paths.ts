import type { Rows } from "./pictures/rows.ts";

/** As slerpPaths, on straight lines. */
export const lerpPaths = ({ n, shape, data }: Rows, columns: number): Rows => {
  const size = shape.reduce((a, b) => a * b, 1);
  const paths = Math.floor(n / 2);
  const stations = new Float32Array(paths * columns * size);
  for (let p = 0; p < paths; p++)
    for (let c = 0; c < columns; c++) {
      const u = c / (columns - 1);
      const to = (p * columns + c) * size;
      for (let i = 0; i < size; i++)
        stations[to + i] = (1 - u) * data[2 * p * size + i]! + u * data[(2 * p + 1) * size + i]!;
    }
  return { n: paths * columns, shape, data: stations };
};
