import { collapse } from "../commands/elementwise.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";

/** [length, stride] of axes, from the innermost on. */
export type Axes = readonly (readonly [length: number, stride: number])[];

/** Row-major strides of an input along the axes of what it broadcasts to; 0 where it is repeated. */
const stridesIn = (shape: Shape, to: Shape): readonly number[] => {
  const first = to.length - shape.length;
  return to.map((_, i) => (i < first || shape[i - first] === 1 ? 0 : sizeOf(shape.slice(i - first + 1))));
};

/**
 * The axes along which an input is walked while its result is walked in row-major order, as few as can be. An input of
 * the result's size is read from front to end, whatever its shape.
 */
export const broadcastAxes = (shape: Shape, to: Shape): Axes =>
  sizeOf(shape) === sizeOf(to) ? [[sizeOf(to), 1]] : collapse(to, stridesIn(shape, to));

/** The same besides the last axis, and the stride of that one, which is 0 or 1. */
export const broadcastRows = (shape: Shape, to: Shape): { readonly rows: Axes; readonly last: number } => {
  const channels = to.at(-1) ?? 1;
  const lengths = to.slice(0, -1);
  if (sizeOf(shape) === sizeOf(to)) return { rows: [[sizeOf(lengths), channels]], last: 1 };
  const strides = stridesIn(shape, to);
  return { rows: collapse(lengths, strides.slice(0, -1)), last: strides.at(-1) ?? 0 };
};

/**
 * WGSL of the index that axes give to a place of their result, "0u" where it does not depend on it.
 * @param place an expression of a u32, below the product of the lengths
 */
export const indexText = (axes: Axes, place: string): string => {
  const terms: string[] = [];
  let inner = 1;
  axes.forEach(([length, stride], i) => {
    const shifted = inner === 1 ? `(${place})` : `(${place}) / ${inner}u`;
    const digit = i === axes.length - 1 ? shifted : `${shifted} % ${length}u`;
    if (stride !== 0 && length !== 1) terms.push(stride === 1 ? digit : `${digit} * ${stride}u`);
    inner *= length;
  });
  return terms.length === 0 ? "0u" : terms.join(" + ");
};
