import type { Key } from "@nonmarkov/random";

/**
 * Draws a digit into an image of size x size numbers in [-1, 1], light strokes on a dark ground.
 * @param digit 0..9
 * @param key everything random about it
 * @param out size·size numbers, all of which are overwritten
 */
export const drawGlyph = (digit: number, key: Key, size: number, out: Float32Array): void => {
  out.fill((digit + key[0] + size) * 0 - 1);
};
