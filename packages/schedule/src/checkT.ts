import { fail } from "./fail.ts";

/** @throws RangeError unless T is an integer >= 1 */
export const checkT = (where: string, T: number): void => {
  if (!Number.isInteger(T) || T < 1) fail(where, "T must be an integer >= 1", T, "count the noise levels");
};
