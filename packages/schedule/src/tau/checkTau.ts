import { fail } from "../fail.ts";

/** @throws RangeError unless T and S are integers with 1 <= S <= T */
export const checkTau = (where: string, T: number, S: number): void => {
  if (!Number.isInteger(T) || T < 1) fail(where, "T must be an integer >= 1", T);
  if (!Number.isInteger(S) || S < 1 || S > T) fail(where, `S must be an integer in 1..T = ${T}`, S);
};
