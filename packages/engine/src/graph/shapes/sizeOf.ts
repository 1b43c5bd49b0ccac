import type { Shape } from "../graph.ts";

/** How many numbers a tensor of this shape holds. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);
