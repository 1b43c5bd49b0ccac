import { ops, type Tensor } from "@nonmarkov/autodiff";
import { convTree, convWithBias } from "../layers/conv.ts";
import type { Conv } from "../layers/params.ts";
import type { Make } from "../parameter.ts";

/** A convolution that halves or doubles height and width. */
export type ResizeTree<Leaf> = {
  /** 3x3 */
  readonly conv: Conv<Leaf>;
};

export const resizeTree = <Leaf>(make: Make<Leaf>, channels: number): ResizeTree<Leaf> => ({
  conv: convTree(make, 3, channels, channels),
});

/** Halves height and width, both even, by a convolution with stride 2. */
export const downsample = ({ conv }: ResizeTree<Tensor>, x: Tensor): Tensor => convWithBias(conv, x, 2);

/** Doubles height and width by repeating pixels, then convolves. */
export const upsample = ({ conv }: ResizeTree<Tensor>, x: Tensor): Tensor => {
  const [, height, width] = x.shape as [number, number, number, number];
  return convWithBias(conv, ops.resizeNearestNeighbor(x, [2 * height, 2 * width]));
};
