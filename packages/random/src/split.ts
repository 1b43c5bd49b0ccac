import { checkCount } from "./checkCount.ts";
import { domain } from "./domain.ts";
import type { Key } from "./key.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/**
 * n independent children of a key. The first m of them do not depend on n.
 * @throws RangeError if n is not an integer in 0..2^32-1
 */
export const split = (key: Key, n: number): Key[] => {
  checkCount("split", n);
  const words = new Uint32Array(2);
  return Array.from({ length: n }, (_, i): Key => {
    threefry2x32(key, i, domain.split, words, 0);
    return [words[0]!, words[1]!];
  });
};
