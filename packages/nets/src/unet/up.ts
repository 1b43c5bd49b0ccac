import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { type BlockOptions, type BlockTree, blockTree, stage } from "./blocks.ts";
import type { ResolvedUnet } from "./config.ts";
import { type ResizeTree, resizeTree, upsample } from "./resize.ts";
import { resnet, type ResnetTree, resnetTree } from "./resnet.ts";

/** One resolution on the way up: one residual block more than on the way down, each fed a skip connection. */
export type UpBlockTree<Leaf> = BlockTree<Leaf> & {
  /** Doubles height and width, at all resolutions but the largest: a convolution, or a residual block. */
  readonly upsamplers?: readonly [ResizeTree<Leaf> | ResnetTree<Leaf>];
};

/** Channels of the skip connections, in the order in which the way down makes them. */
const skipChannels = ({ levels, blocks }: ResolvedUnet): number[] => [
  levels[0]!.channels,
  ...levels.flatMap(({ channels }, i) =>
    Array.from({ length: blocks + (i < levels.length - 1 ? 1 : 0) }, () => channels),
  ),
];

export const upTrees = <Leaf>(make: Make<Leaf>, config: ResolvedUnet): readonly UpBlockTree<Leaf>[] => {
  const { levels, blocks, embedding, scaleShift } = config;
  const skips = skipChannels(config).reverse();
  const upwards = levels.toReversed();
  return upwards.map(({ channels, up }, i) => ({
    ...blockTree(
      make,
      Array.from(
        { length: blocks + 1 },
        (_, j) => (j === 0 ? upwards[Math.max(i - 1, 0)]!.channels : channels) + skips[i * (blocks + 1) + j]!,
      ),
      channels,
      config,
      up.attention,
    ),
    ...(i < levels.length - 1
      ? {
          upsamplers: [
            up.resnet ? resnetTree(make, channels, channels, embedding, scaleShift) : resizeTree(make, channels),
          ] as const,
        }
      : {}),
  }));
};

/** `skips` are the skip connections of this resolution, one per residual block. */
export const up = (
  params: UpBlockTree<Tensor>,
  x: Tensor,
  skips: readonly Tensor[],
  emb: Tensor,
  options: BlockOptions,
): Tensor => {
  const h = skips.reduce((h, skip, i) => stage(params, i, ops.concat([h, skip], 3), emb, options), x);
  return (params.upsamplers ?? []).reduce(
    (h, sampler) =>
      "conv" in sampler ? upsample(sampler, h) : resnet(sampler, h, emb, { ...options, resize: "double" }),
    h,
  );
};
