import { adamsBashforth } from "./adamsBashforth.ts";
import { exponentialStep } from "./exponentialStep.ts";
import type { Move } from "./moves.ts";
import { predictionRow } from "./predictionRow.ts";
import type { Row } from "./table.ts";

/**
 * The fourth-order multistep part of PLMS and PNDM: DDIM's move with a combination of up to four eps.
 * @param start how many evaluations the rows before made
 * @param remembered the numbers of those that the combination may use, the newest last
 */
export const multistepEps = (path: readonly Move[], start: number, remembered: readonly number[]): Row[] =>
  path.map((move, i) => {
    const now = start + i;
    const used = [...remembered, ...path.slice(0, i + 1).map((_, j) => start + j)].slice(-4).reverse();
    const step = exponentialStep("multistepEps", "dpmsolver", move);
    const weights = new Array<number>(now - used.at(-1)! + 1).fill(0);
    used.forEach((number, j) => (weights[now - number] = step.moment(0) * adamsBashforth[used.length - 1]![j]!));
    return predictionRow(move, { ...step, weights });
  });
