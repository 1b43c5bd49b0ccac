import { checkCount } from "./checkCount.ts";
import { domain } from "./domain.ts";
import type { Key } from "./key.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/**
 * n independent words of 32 random bits. The first m of them do not depend on n.
 * @throws RangeError if n is not an integer in 0..2^32-1
 */
export const bits = (key: Key, n: number): Uint32Array => {
  checkCount("bits", n);
  const words = new Uint32Array(n + (n % 2));
  for (let i = 0; i < n; i += 2) threefry2x32(key, i / 2, domain.draw, words, i);
  return n % 2 === 0 ? words : words.slice(0, n);
};
