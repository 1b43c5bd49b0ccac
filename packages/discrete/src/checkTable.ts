import { fail } from "./fail.ts";
import type { Table } from "./table.ts";

/** @throws RangeError unless there are rows, whose weights are probabilities and whose levels are in [0, 1] */
export const checkTable = (where: string, { name, rows }: Table): void => {
  if (rows.length === 0) fail(where, `the table ${name} must have rows`, "none", "plan at least one move");
  rows.forEach(({ ofXt, ofX0, uniform, uniformAtX0, alphaBarT, alphaBarS }, step) => {
    const weights = [ofXt, ofX0, uniform, uniformAtX0];
    const [least, most] = [Math.min(...weights), Math.max(...weights)];
    if (!(least >= 0 && most <= 1 + 1e-9 && Math.abs(ofXt + ofX0 + uniform - 1) <= 1e-9))
      fail(
        where,
        `row ${step} of ${name} must have weights ofXt + ofX0 + uniform = 1, and all of them and uniformAtX0 in [0, 1]`,
        weights.join(", "),
        "take a planner",
      );
    if (!(alphaBarT >= 0 && alphaBarT <= alphaBarS && alphaBarS <= 1))
      fail(
        where,
        `row ${step} of ${name} must have 0 <= alphaBarT <= alphaBarS <= 1`,
        `${alphaBarT}, ${alphaBarS}`,
        "take a planner",
      );
  });
};
