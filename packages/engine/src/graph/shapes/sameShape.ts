import type { Shape } from "../graph.ts";

/** True of two lists of the same numbers. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);
