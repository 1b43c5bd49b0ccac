import { fail } from "../fail.ts";
import { checkTau } from "./checkTau.ts";

/**
 * `leading` spacing of diffusers: 1 + i floor(T/S), i = 0..S-1. Begins at the cleanest level and may end far below T.
 * @param options offset (default 0; diffusers' `steps_offset`) is added to every entry
 * @returns S ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers, and the offset is an integer that keeps the entries within 1..T
 */
export const leading = (T: number, S: number, { offset = 0 }: { readonly offset?: number } = {}): number[] => {
  checkTau("leading", T, S);
  const stride = Math.floor(T / S);
  const room = T - 1 - (S - 1) * stride;
  if (!Number.isInteger(offset) || offset < 0 || offset > room)
    fail("leading", `offset must be an integer in 0..${room} for T = ${T}, S = ${S}`, offset, "leave it out for 0");
  return Array.from({ length: S }, (_, i) => 1 + offset + i * stride);
};
