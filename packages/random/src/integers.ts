import { boundedWords } from "./boundedWords.ts";
import { checkCount } from "./checkCount.ts";
import type { Key } from "./key.ts";

/**
 * n independent integers, uniform on low..high-1 without bias. The first m of them do not depend on n.
 * @param low the smallest value, at least -2^31
 * @param high one above the largest value, at most 2^31
 * @throws RangeError if n is not an integer in 0..2^32-1, or the bounds are not such integers with low < high
 */
export const integers = (key: Key, n: number, low: number, high: number): Int32Array => {
  checkCount("integers", n);
  if (!Number.isInteger(low) || !Number.isInteger(high) || low < -(2 ** 31) || high > 2 ** 31 || low >= high)
    throw new RangeError(`integers: low < high must be integers in -2^31..2^31, got ${low} and ${high}`);
  const next = boundedWords(key);
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) out[i] = low + next(high - low);
  return out;
};
