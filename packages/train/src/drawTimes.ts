import { type Key, foldIn, integers } from "@nonmarkov/random";

/**
 * One index t per row, uniform on 1..T. Row i draws from `foldIn(key, firstIndex + i)`: it has the same t in whatever
 * batch it comes.
 * @param firstIndex the first row's index, default 0
 * @returns `size` integers
 */
export const drawTimes = (key: Key, size: number, T: number, firstIndex: number = 0): Int32Array =>
  Int32Array.from({ length: size }, (_, i) => integers(foldIn(key, firstIndex + i), 1, 1, T + 1)[0]!);
