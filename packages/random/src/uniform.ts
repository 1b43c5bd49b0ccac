import { checkCount } from "./checkCount.ts";
import { domain } from "./domain.ts";
import type { Key } from "./key.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/**
 * n independent numbers, uniform on [min, max), with 53 random bits each (rounding may reach max itself where the
 * interval is narrow beside its ends). The first m of them do not depend on n.
 * @param options min (default 0) and max (default 1), both finite
 * @throws RangeError if n is not an integer in 0..2^32-1, or unless min <= max are finite
 */
export const uniform = (
  key: Key,
  n: number,
  { min = 0, max = 1 }: { readonly min?: number; readonly max?: number } = {},
): Float64Array => {
  checkCount("uniform", n);
  if (!Number.isFinite(max - min) || min > max)
    throw new RangeError(`uniform: min <= max must be finite, got ${min} and ${max}; swap or limit them`);
  const out = new Float64Array(n);
  const words = new Uint32Array(2);
  for (let i = 0; i < n; i++) {
    threefry2x32(key, i, domain.draw, words, 0);
    out[i] = min + (max - min) * (((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) * 2 ** -53);
  }
  return out;
};
