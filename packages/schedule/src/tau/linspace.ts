import { checkTau } from "./checkTau.ts";
import { roundHalfEven } from "./roundHalfEven.ts";

/**
 * `linspace` spacing of diffusers: S equidistant points from 1 to T, both included, rounded (of the distance from 1, ties
 * to even). For S = 1 it is [1], the cleanest level.
 * @returns S ascending entries of 1..T
 * @throws RangeError unless 1 <= S <= T are integers
 */
export const linspace = (T: number, S: number): number[] => {
  checkTau("linspace", T, S);
  const stride = (T - 1) / Math.max(1, S - 1);
  return Array.from({ length: S }, (_, i) => 1 + roundHalfEven(i * stride));
};
