import { checkTau } from "./checkTau.ts";

/**
 * The paper's quadratic sub-sequence (D.2): tau_i = floor(c i^2), c = T/S^2, so that it ends at T; but at least i, which
 * keeps the first entries apart where the parabola is flat.
 * @returns S ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers
 */
export const quadraticTau = (T: number, S: number): number[] => {
  checkTau("quadraticTau", T, S);
  return Array.from({ length: S }, (_, i) => Math.max(i + 1, Math.floor((T * (i + 1) ** 2) / S ** 2)));
};
