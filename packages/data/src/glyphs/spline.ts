import type { Stroke } from "./shapes.ts";

/** A broken line as coordinates x0, y0, x1, y1, ... */
export type Polyline = readonly number[];

/** Straight pieces between two neighbouring points of a stroke. */
const PIECES = 6;

/**
 * A stroke as a broken line: between its corners a centripetal Catmull-Rom spline, which passes through every point
 * without loops or overshoot of its own.
 */
export const spline = (stroke: Stroke): Polyline => {
  const line: number[] = [stroke[0]![0], stroke[0]![1]];
  for (let from = 0; from < stroke.length - 1;) {
    let to = from + 1;
    while (to < stroke.length - 1 && stroke[to]![2] === undefined) to++;
    for (let i = from; i < to; i++) appendSpan(line, stroke, i, Math.max(from, i - 1), Math.min(to, i + 2));
    from = to;
  }
  return line;
};

/** The piece from point i to i + 1, `before` and `after` being the neighbours (or the ends themselves). */
const appendSpan = (line: number[], stroke: Stroke, i: number, before: number, after: number): void => {
  const [x1, y1] = stroke[i]!;
  const [x2, y2] = stroke[i + 1]!;
  // an end is continued straight on, so that its neighbour's tangent points along the chord
  const [x0, y0] = before === i ? [2 * x1 - x2, 2 * y1 - y2] : stroke[before]!;
  const [x3, y3] = after === i + 1 ? [2 * x2 - x1, 2 * y2 - y1] : stroke[after]!;
  const d1 = Math.sqrt(Math.hypot(x1 - x0, y1 - y0)) + 1e-6;
  const d2 = Math.sqrt(Math.hypot(x2 - x1, y2 - y1)) + 1e-6;
  const d3 = Math.sqrt(Math.hypot(x3 - x2, y3 - y2)) + 1e-6;
  const tangent = (p0: number, p1: number, p2: number, da: number, db: number): number =>
    ((p1 - p0) / da - (p2 - p0) / (da + db) + (p2 - p1) / db) * d2;
  const [u1, v1] = [tangent(x0, x1, x2, d1, d2), tangent(y0, y1, y2, d1, d2)];
  const [u2, v2] = [tangent(x1, x2, x3, d2, d3), tangent(y1, y2, y3, d2, d3)];
  for (let piece = 1; piece <= PIECES; piece++) {
    const t = piece / PIECES;
    const t2 = t * t;
    const t3 = t2 * t;
    const [a, b, c, d] = [2 * t3 - 3 * t2 + 1, t3 - 2 * t2 + t, 3 * t2 - 2 * t3, t3 - t2];
    line.push(a * x1 + b * u1 + c * x2 + d * u2, a * y1 + b * v1 + c * y2 + d * v2);
  }
};
