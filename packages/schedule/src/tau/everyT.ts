import { linearTau } from "./linearTau.ts";

/**
 * Every level: 1, 2, ..., T.
 * @throws RangeError unless T is an integer >= 1
 */
export const everyT = (T: number): number[] => linearTau(T, T);
