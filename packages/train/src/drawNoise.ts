import { type Key, fillNormal, foldIn } from "@nonmarkov/random";

/**
 * Standard normal noise for `rows` rows of `width` numbers. Row i is `normal(foldIn(key, firstIndex + i), width)`: it is
 * the same in whatever batch it comes.
 * @param firstIndex the first row's index, default 0
 */
export const drawNoise = (key: Key, rows: number, width: number, firstIndex: number = 0): Float64Array => {
  const noise = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) fillNormal(foldIn(key, firstIndex + row), noise, row * width, width);
  return noise;
};
