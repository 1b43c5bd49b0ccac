import { lambdaGap } from "@nonmarkov/schedule";
import { apart } from "./apart.ts";
import type { Move } from "./moves.ts";

/** An earlier evaluation that a polynomial can pass through. */
export type PastNode = {
  /** How many evaluations ago, 1 or more. */
  readonly back: number;
  /** Where it was: 0 is the start of the move, 1 its end. */
  readonly place: number;
};

/** Where an evaluation is. */
export type Level = {
  /** The index. */
  readonly t: number;
  /** alphaBar there. */
  readonly alphaBar: number;
};

/**
 * Of the `most` evaluations before move i those at a place of their own: one at pure noise or clean data is infinitely
 * far in lambda, and adds nothing in the limit; one at a place that is taken adds nothing. None, if the move itself is of
 * no or infinite length.
 * @param gap the difference of the polynomial's variable between two levels, default in lambda
 */
export const pastNodes = (
  path: readonly Move[],
  i: number,
  most: number,
  gap: (from: Level, to: Level) => number = (from, to) => lambdaGap(from.alphaBar, to.alphaBar),
): readonly PastNode[] => {
  const { t, s, alphaBarT, alphaBarS } = path[i]!;
  const start = { t, alphaBar: alphaBarT };
  const h = gap(start, { t: s, alphaBar: alphaBarS });
  if (!Number.isFinite(h) || h === 0) return [];
  const nodes: PastNode[] = [];
  for (let back = 1; back <= Math.min(most, i); back++) {
    const { t: before, alphaBarT: alphaBar } = path[i - back]!;
    const place = gap(start, { t: before, alphaBar }) / h;
    if (Number.isFinite(place) && [{ place: 0 }, ...nodes].every((node) => apart(node.place, place)))
      nodes.push({ back, place });
  }
  return nodes;
};
