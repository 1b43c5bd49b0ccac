import type { Shape } from "../graph.ts";

/** A transposition: axis i of the result is axis perm[i] of the source. */
export type Transposition = {
  /** Lengths of the source's axes. */
  readonly shape: Shape;
  /** Axes of the source in the order of the result. */
  readonly perm: readonly number[];
};

/**
 * The same movement of numbers with as few axes as possible: those of length 1 are left out, those that stay side by side
 * are one. The identity has at most one axis.
 */
export const reduceTranspose = (shape: Shape, perm: readonly number[]): Transposition => {
  const axes = perm.filter((axis) => shape[axis] !== 1);
  const sorted = axes.toSorted((a, b) => a - b);
  // Each run of neighbours in the source that are neighbours in the result, in the order of the result.
  const runs: { first: number; last: number; length: number }[] = [];
  for (const axis of axes) {
    const run = runs.at(-1);
    const place = sorted.indexOf(axis);
    if (run !== undefined && place === run.last + 1) {
      run.last = place;
      run.length *= shape[axis]!;
    } else runs.push({ first: place, last: place, length: shape[axis]! });
  }
  const inSource = runs.toSorted((a, b) => a.first - b.first);
  return { shape: inSource.map(({ length }) => length), perm: runs.map((run) => inSource.indexOf(run)) };
};
