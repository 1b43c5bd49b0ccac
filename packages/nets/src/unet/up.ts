import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { type BlockOptions, type BlockTree, blockTree, stage } from "./blocks.ts";
import type { ResolvedUnet } from "./config.ts";
import { type ResizeTree, resizeTree, upsample } from "./resize.ts";

/** One resolution on the way up: one residual block more than on the way down, each fed a skip connection. */
export type UpBlockTree<Leaf> = BlockTree<Leaf> & {
  /** Doubles height and width, at all resolutions but the largest. */
  readonly upsamplers?: readonly [ResizeTree<Leaf>];
};

/** Channels of the skip connections, in the order in which the way down makes them. */
const skipChannels = ({ levels, blocks }: ResolvedUnet): number[] => [
  levels[0]!.channels,
  ...levels.flatMap(({ channels }, i) =>
    Array.from({ length: blocks + (i < levels.length - 1 ? 1 : 0) }, () => channels),
  ),
];

export const upTrees = <Leaf>(
  make: Make<Leaf>,
  config: ResolvedUnet,
  embedding: number,
): readonly UpBlockTree<Leaf>[] => {
  const { levels, blocks } = config;
  const skips = skipChannels(config).reverse();
  const upwards = levels.toReversed();
  return upwards.map(({ channels, attention }, i) => ({
    ...blockTree(
      make,
      Array.from(
        { length: blocks + 1 },
        (_, j) => (j === 0 ? upwards[Math.max(i - 1, 0)]!.channels : channels) + skips[i * (blocks + 1) + j]!,
      ),
      channels,
      embedding,
      attention,
    ),
    ...(i < levels.length - 1 ? { upsamplers: [resizeTree(make, channels)] as const } : {}),
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
  return (params.upsamplers ?? []).reduce((h, sampler) => upsample(sampler, h), h);
};
