import { checkCount } from "./checkCount.ts";
import { fillNormal } from "./fillNormal.ts";
import type { Key } from "./key.ts";

/**
 * n independent standard normal numbers (Box-Muller in float64), the same in every JavaScript engine. The first m of
 * them do not depend on n.
 * @throws RangeError if n is not an integer in 0..2^32-1
 */
export const normal = (key: Key, n: number): Float64Array => {
  checkCount("normal", n);
  const out = new Float64Array(n);
  fillNormal(key, out);
  return out;
};
