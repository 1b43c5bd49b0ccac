import { ops, type Tensor } from "@nonmarkov/autodiff";
import { convTree, convWithBias } from "../layers/conv.ts";
import type { Conv } from "../layers/params.ts";
import type { Make } from "../parameter.ts";

/** A convolution that halves or doubles height and width. */
export type ResizeTree<Leaf> = {
  /** 3x3 */
  readonly conv: Conv<Leaf>;
};

/** Where the convolutions that halve add zeros. */
export type Padding = "end" | "both";

export const resizeTree = <Leaf>(make: Make<Leaf>, channels: number): ResizeTree<Leaf> => ({
  conv: convTree(make, 3, channels, channels),
});

/** Halves height and width, both even, by averaging. */
export const halve = (x: Tensor): Tensor => ops.avgPool(x as Parameters<typeof ops.avgPool>[0], 2, 2, "valid");

/** Doubles height and width by repeating pixels. */
export const double = (x: Tensor): Tensor => {
  const [, height, width] = x.shape as [number, number, number, number];
  return ops.resizeNearestNeighbor(x, [2 * height, 2 * width]);
};

/** Halves height and width, both even, by a convolution with stride 2. */
export const downsample = ({ conv }: ResizeTree<Tensor>, x: Tensor, padding: Padding): Tensor =>
  convWithBias(conv, x, 2, padding === "end" ? "same" : 1);

/** Doubles height and width by repeating pixels, then convolves. */
export const upsample = ({ conv }: ResizeTree<Tensor>, x: Tensor): Tensor => convWithBias(conv, double(x));
