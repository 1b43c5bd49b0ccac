import { domain } from "./domain.ts";
import type { Key } from "./key.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/**
 * The child of a key that belongs to a number, such as a step or a row: different numbers give different, independent
 * children, and none of them is a child that {@link split} makes.
 * @param data a safe integer; negative ones are allowed
 * @throws RangeError if data is not a safe integer
 */
export const foldIn = (key: Key, data: number): Key => {
  if (!Number.isSafeInteger(data))
    throw new RangeError(`foldIn: data must be a safe integer, got ${data}; fold in its parts one after the other`);
  const words = new Uint32Array(2);
  const high = Math.floor(data / 2 ** 32) & 0x3fffff;
  threefry2x32(key, data >>> 0, domain.foldIn | high, words, 0);
  return [words[0]!, words[1]!];
};
