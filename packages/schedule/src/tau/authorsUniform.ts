import { checkTau } from "./checkTau.ts";

/**
 * `uniform` of the DDIM authors' code: every floor(T/S)th level from the cleanest on. It has more than S entries where S
 * does not divide T, as published; for exactly S see {@link linearTau} and {@link leading}.
 * @returns ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers
 */
export const authorsUniform = (T: number, S: number): number[] => {
  checkTau("authorsUniform", T, S);
  const stride = Math.floor(T / S);
  return Array.from({ length: Math.ceil(T / stride) }, (_, i) => 1 + i * stride);
};
