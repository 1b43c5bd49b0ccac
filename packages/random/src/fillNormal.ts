import { domain } from "./domain.ts";
import type { Key } from "./key.ts";
import { minusLogOfWord } from "./minusLogOfWord.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/** One 2^32th of a turn, in radians. */
const ANGLE = (2 * Math.PI) / 2 ** 32;

/**
 * Writes the numbers of {@link normal} (rounded to the array's precision) into out[offset .. offset + length - 1].
 *
 * Each pair comes from the two words of one counter: radius sqrt(-2 ln u), u = (w0 + 1/2) / 2^32, so |z| <= 6.77, and
 * direction w1 / 2^32 of a turn. Sine and cosine are evaluated within an eighth of a turn by their power series, with
 * exactly rounded operations only: Math.sin and Math.cos differ between JavaScript engines, and noise must not.
 * @param offset where to begin, default 0
 * @param length how many numbers, default all up to the end of out
 * @throws RangeError if the range does not lie within out
 */
export const fillNormal = (
  key: Key,
  out: Float32Array | Float64Array,
  offset: number = 0,
  length: number = out.length - offset,
): void => {
  if (
    !Number.isInteger(offset) ||
    !Number.isInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > out.length
  )
    throw new RangeError(
      `fillNormal: offset ${offset} and length ${length} must lie within the array's ${out.length} entries`,
    );
  const words = new Uint32Array(2);
  for (let i = 0; i < length; i += 2) {
    threefry2x32(key, i / 2, domain.draw, words, 0);
    const radius = Math.sqrt(2 * minusLogOfWord(words[0]!));
    // the nearest quarter turn, and what is left of the angle: in -1/8..1/8 of a turn
    const w = words[1]!;
    const quarter = (w + 0x20000000) >>> 30;
    const x = ((w - (quarter << 30)) | 0) * ANGLE;
    const q = x * x;
    const sin =
      x *
      (1 -
        (q / 6) * (1 - (q / 20) * (1 - (q / 42) * (1 - (q / 72) * (1 - (q / 110) * (1 - (q / 156) * (1 - q / 210)))))));
    const cos =
      1 -
      (q / 2) *
        (1 -
          (q / 12) *
            (1 - (q / 30) * (1 - (q / 56) * (1 - (q / 90) * (1 - (q / 132) * (1 - (q / 182) * (1 - q / 240)))))));
    const turned = quarter % 2 === 1;
    const c = turned ? sin : cos;
    const s = turned ? cos : sin;
    out[offset + i] = radius * (quarter === 1 || quarter === 2 ? -c : c);
    if (i + 1 < length) out[offset + i + 1] = radius * (quarter >= 2 ? -s : s);
  }
};
