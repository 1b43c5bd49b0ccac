import type { Shape } from "../graph.ts";

/** A shape without its axes of length 1: what decides where numbers are. */
export const withoutUnits = (shape: Shape): Shape => shape.filter((length) => length !== 1);

/**
 * The coarsest shape that splits the axes of both, e.g. [2, 6] and [4, 3] give [2, 2, 3]; axes of length 1 are left out.
 * Undefined where there is none ([4, 3] and [3, 4]), where the sizes differ or are 0.
 */
export const refineShapes = (a: Shape, b: Shape): Shape | undefined => {
  const [left, right] = [[...withoutUnits(a)], [...withoutUnits(b)]];
  const factors: number[] = [];
  while (left.length > 0 && right.length > 0) {
    const [x, y] = [left.pop()!, right.pop()!];
    const factor = Math.min(x, y);
    if (factor === 0 || x % factor !== 0 || y % factor !== 0) return undefined;
    if (x > factor) left.push(x / factor);
    if (y > factor) right.push(y / factor);
    factors.unshift(factor);
  }
  return left.length === 0 && right.length === 0 ? factors : undefined;
};
