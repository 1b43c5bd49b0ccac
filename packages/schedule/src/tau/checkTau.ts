import { checkT } from "../checkT.ts";
import { fail } from "../fail.ts";

/** @throws RangeError unless T and S are integers with 1 <= S <= T */
export const checkTau = (where: string, T: number, S: number): void => {
  checkT(where, T);
  if (!Number.isInteger(S) || S < 1 || S > T)
    fail(where, `S must be an integer in 1..T = ${T}`, S, "S counts the levels visited");
};
