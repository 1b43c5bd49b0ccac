import { convTree, zeroConvTree } from "../layers/conv.ts";
import { type EmbeddingTree, embeddingTree } from "../layers/embedding.ts";
import { normTree } from "../layers/norm.ts";
import type { Conv, Norm } from "../layers/params.ts";
import type { Make } from "../parameter.ts";
import type { ResolvedUnet } from "./config.ts";
import { type DownBlockTree, downTrees } from "./down.ts";
import { type MidBlockTree, midTree } from "./middle.ts";
import { type UpBlockTree, upTrees } from "./up.ts";

/**
 * Everything that the U-Net learns, under the names that diffusers' UNet2DModel has;
 * `Leaf` is `Tensor`, or `Parameter` for the plan of it.
 */
export type UnetTree<Leaf> = EmbeddingTree<Leaf> & {
  /** 3x3, from the image's channels to those of the first level. */
  readonly conv_in: Conv<Leaf>;
  /** From the largest resolution to the smallest. */
  readonly down_blocks: readonly DownBlockTree<Leaf>[];
  /** The middle. */
  readonly mid_block: MidBlockTree<Leaf>;
  /** From the smallest resolution to the largest. */
  readonly up_blocks: readonly UpBlockTree<Leaf>[];
  /** Normalises before the last convolution. */
  readonly conv_norm_out: Norm<Leaf>;
  /** 3x3, to the result's channels, zero at the start. */
  readonly conv_out: Conv<Leaf>;
};

export const unetTree = <Leaf>(make: Make<Leaf>, config: ResolvedUnet): UnetTree<Leaf> => {
  const { channels } = config.levels[0]!;
  return {
    conv_in: convTree(make, 3, config.patchChannels, channels),
    ...embeddingTree(make, channels, config.embedding, config.takes),
    down_blocks: downTrees(make, config),
    mid_block: midTree(make, config),
    up_blocks: upTrees(make, config),
    conv_norm_out: normTree(make, channels),
    conv_out: zeroConvTree(make, channels, config.patchOutputs),
  };
};
