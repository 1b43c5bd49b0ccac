import { checkClasses, type Classes } from "../classes.ts";
import { fail } from "../fail.ts";

/** Checks what an exact denoiser is given; returns how many rows it is. */
export const checkInputs = (where: string, x: Classes, alphaBar: number, dims: number, classes: number): number => {
  if (!(alphaBar >= 0 && alphaBar <= 1))
    fail(where, "alphaBar must be in [0, 1]", alphaBar, "take schedule.alphaBar[t]");
  if (x.length % dims !== 0)
    fail(where, `x must be rows of ${dims} coordinates`, `${x.length} classes`, "give whole rows");
  checkClasses(where, "x", x, classes);
  return x.length / dims;
};

/** Reports an x that the data cannot have become. */
export const failImpossible = (where: string, alphaBar: number, row: number): never =>
  fail(where, `x must be possible at alphaBar = ${alphaBar}`, `row ${row} of probability 0`, "take alphaBar below 1");
