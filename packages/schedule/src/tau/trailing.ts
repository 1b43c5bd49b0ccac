import { checkTau } from "./checkTau.ts";
import { roundHalfEven } from "./roundHalfEven.ts";

/**
 * `trailing` spacing of diffusers: T, T - T/S, T - 2 T/S, ... rounded (ties to even). Begins with the noisiest level.
 * @returns S ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers
 */
export const trailing = (T: number, S: number): number[] => {
  checkTau("trailing", T, S);
  // the detour that numpy's arange takes decides some ties
  const stride = T - T / S - T;
  return Array.from({ length: S }, (_, i) => roundHalfEven(T + (S - 1 - i) * stride));
};
