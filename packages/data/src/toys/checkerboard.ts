import { integers, split, uniform } from "@nonmarkov/random";
import { toy } from "./toy.ts";

/** Uniform on the eight dark squares of a 4 x 4 board over [-1.7, 1.7]². Eight classes: the squares, row by row. */
export const checkerboard = toy("checkerboard", 8, (key, out, offset) => {
  const [which, within] = split(key, 2);
  const square = integers(which!, 1, 0, 8)[0]!;
  const [u, v] = uniform(within!, 2);
  const row = Math.floor(square / 2);
  const column = 2 * (square % 2) + (row % 2);
  out[offset] = 0.85 * (column - 2 + u!);
  out[offset + 1] = 0.85 * (row - 2 + v!);
  return square;
});
