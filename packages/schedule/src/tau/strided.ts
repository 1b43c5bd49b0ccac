import { fail } from "../fail.ts";
import { checkTau } from "./checkTau.ts";

/**
 * `ddimS` spacing of improved-diffusion: 1, 1 + k, 1 + 2k, ... with the smallest integer stride k that gives exactly S entries.
 * Begins at the cleanest level. (The reference refuses S = 1.)
 * @returns S ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers and there is such a stride
 */
export const strided = (T: number, S: number): number[] => {
  checkTau("strided", T, S);
  const stride = Math.ceil(T / S);
  if (Math.ceil(T / stride) !== S)
    fail("strided", `there must be an integer stride that gives exactly S entries for T = ${T}`, S, "see leading");
  return Array.from({ length: S }, (_, i) => 1 + i * stride);
};
