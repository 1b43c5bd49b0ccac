import { boundedWords } from "./boundedWords.ts";
import { checkCount } from "./checkCount.ts";
import type { Key } from "./key.ts";

/**
 * A uniformly random order of 0..n-1 (Fisher and Yates).
 * @throws RangeError if n is not an integer in 0..2^31-1
 */
export const permutation = (key: Key, n: number): Int32Array => {
  checkCount("permutation", n);
  if (n >= 2 ** 31) throw new RangeError(`permutation: n must be below 2^31, got ${n}; permute blocks instead`);
  const next = boundedWords(key);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = next(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
};
