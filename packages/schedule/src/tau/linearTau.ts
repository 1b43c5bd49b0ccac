import { checkTau } from "./checkTau.ts";

/**
 * The paper's linear sub-sequence (D.2): tau_i = floor(c i), c = T/S, so that it ends at T.
 * @returns S ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers
 */
export const linearTau = (T: number, S: number): number[] => {
  checkTau("linearTau", T, S);
  return Array.from({ length: S }, (_, i) => Math.floor((T * (i + 1)) / S));
};
