import { fail } from "../fail.ts";

/**
 * Checks a sub-sequence of your own.
 * @param tau ascending integers of 1..T, none repeated
 * @returns a copy
 * @throws RangeError if it is empty, unordered, repeated, not integers or outside 1..T
 */
export const explicitTau = (tau: readonly number[], T: number): number[] => {
  if (tau.length < 1) fail("tau", "there must be at least one entry", tau.length, "see everyT");
  tau.forEach((t, i) => {
    const above = tau[i - 1] ?? 0;
    if (!Number.isInteger(t) || t <= above || t > T)
      fail(
        "tau",
        `entry ${i} must be an integer in ${above + 1}..T = ${T} (ascending, none repeated)`,
        t,
        "sort it and drop repeats",
      );
  });
  return [...tau];
};
