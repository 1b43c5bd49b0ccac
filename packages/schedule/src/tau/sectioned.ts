import { checkT } from "../checkT.ts";
import { fail } from "../fail.ts";
import { roundHalfEven } from "./roundHalfEven.ts";

/** So many equidistant points of one section, its ends included, rounded (ties to even). */
const points = (first: number, size: number, count: number): number[] => {
  const stride = (size - 1) / (count - 1); // never taken where count is 1
  const out: number[] = [];
  // added up as the reference does: where it rounds, the last bit decides
  for (let i = 0, at = 0; i < count; i++, at += stride) out.push(first + roundHalfEven(at));
  return out;
};

/**
 * The sections of improved-diffusion: 1..T is divided into as many parts as there are counts, equally long but for one entry, and
 * each part is visited at so many equidistant points. Fewer steps can so be spent where there is much noise.
 * @param counts points of each section, from the cleanest on
 * @returns as many ascending entries of 1..T as the counts add up to
 * @throws RangeError unless T is an integer >= 1, there are counts, and each is an integer from 1 to its section's length
 */
export const sectioned = (T: number, counts: readonly number[]): number[] => {
  checkT("sectioned", T);
  if (counts.length < 1)
    fail("sectioned", "there must be at least one count", counts.length, "see linspace for one section");
  const [length, longer] = [Math.floor(T / counts.length), T % counts.length];
  let first = 1;
  return counts.flatMap((count, section) => {
    const size = length + (section < longer ? 1 : 0);
    if (!Number.isInteger(count) || count < 1 || count > size)
      fail(
        "sectioned",
        `counts[${section}] must be an integer in 1..${size}, the section's length`,
        count,
        "take fewer",
      );
    const begin = first;
    first += size;
    return points(begin, size, count);
  });
};
