import { domain } from "./domain.ts";
import type { Key } from "./key.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/**
 * A reader of the key's words that gives unbiased integers: each call returns one, uniform on 0..range-1. The 2^32 mod
 * range smallest words are rejected, so that every remainder is equally frequent.
 */
export const boundedWords = (key: Key): ((range: number) => number) => {
  const words = new Uint32Array(2);
  let read = 0;
  return (range) => {
    for (;;) {
      if (read % 2 === 0) threefry2x32(key, read / 2, domain.draw, words, 0);
      const word = words[read++ % 2]!;
      if (word >= 2 ** 32 % range) return word % range;
    }
  };
};
