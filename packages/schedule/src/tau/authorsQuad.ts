import { checkTau } from "./checkTau.ts";

/**
 * `quad` of the DDIM authors' code: squares of S equidistant numbers from 0 to sqrt(0.8 T), truncated, plus 1. It ends
 * near 0.8 T, and for a large S begins with repeated entries, which are left out unless asked for (a move from t to t
 * changes nothing, so samples are the same); for exactly S entries see {@link quadraticTau}.
 * @param options repeats (default false): true gives the published list of S entries, which no sampler here takes
 * @returns ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers
 */
export const authorsQuad = (
  T: number,
  S: number,
  { repeats = false }: { readonly repeats?: boolean } = {},
): number[] => {
  checkTau("authorsQuad", T, S);
  const end = Math.sqrt(T * 0.8);
  const stride = end / Math.max(1, S - 1);
  const list = Array.from({ length: S }, (_, i) => 1 + Math.floor((i > 0 && i === S - 1 ? end : i * stride) ** 2));
  return repeats ? list : [...new Set(list)];
};
