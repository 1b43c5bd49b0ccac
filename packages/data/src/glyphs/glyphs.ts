import type { Key } from "@nonmarkov/random";
import { integers, split } from "@nonmarkov/random";
import type { Dataset } from "../dataset.ts";
import { drawGlyph } from "./drawGlyph.ts";
import { generated } from "../generated.ts";

/**
 * Handwritten-looking digits without end: row i is a digit 0..9, all equally likely, drawn with foldIn(key, i) as an
 * image [size, size, 1] in [-1, 1], light on dark. Its label is the digit.
 * @param size height and width in pixels, default 28; at least 8
 * @throws RangeError if the size is no such number
 */
export const glyphs = ({ size = 28 }: { readonly size?: number } = {}): Dataset => {
  if (!Number.isInteger(size) || size < 8)
    throw new RangeError(`glyphs: size must be an integer of at least 8, got ${size}`);
  return generated({ name: "glyphs", shape: [size, size, 1], classes: 10 }, (key, out, offset) => {
    const [which, how] = split(key, 2) as [Key, Key];
    const digit = integers(which, 1, 0, 10)[0]!;
    drawGlyph(digit, how, size, out.subarray(offset, offset + size * size));
    return digit;
  });
};
