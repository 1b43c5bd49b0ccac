import { ops, type Tensor } from "@nonmarkov/autodiff";

/** The order of a model's image axes: ours, [batch, height, width, channels], or [batch, channels, height, width]. */
export type Layout = "NHWC" | "NCHW";

/** The shape of images in a layout. Rows that are no images have but one. */
export const shapeIn = (layout: Layout, shape: readonly number[]): readonly number[] => {
  if (layout === "NHWC" || shape.length !== 4) return shape;
  const [n, h, w, c] = shape as [number, number, number, number];
  return [n, c, h, w];
};

/** Moves the axes, without moving numbers where there is one channel; a tensor of the caller's, or x. */
const moved = (x: Tensor, perm: readonly number[], channels: number): Tensor =>
  channels === 1 ? ops.reshape(x, perm.map((axis) => x.shape[axis]!)) : ops.transpose(x, [...perm]); // prettier-ignore

/** x, as the model wants it. */
export const toLayout = (layout: Layout, x: Tensor): Tensor =>
  layout === "NHWC" || x.rank !== 4 ? x : moved(x, [0, 3, 1, 2], x.shape[3]!);

/** And back. */
export const fromLayout = (layout: Layout, y: Tensor): Tensor =>
  layout === "NHWC" || y.rank !== 4 ? y : moved(y, [0, 2, 3, 1], y.shape[1]!);
