import type { Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { type BlockOptions, type BlockTree, blockTree, stage } from "./blocks.ts";
import type { ResolvedUnet } from "./config.ts";
import { downsample, type ResizeTree, resizeTree } from "./resize.ts";
import { resnet, type ResnetTree, resnetTree } from "./resnet.ts";

/** One resolution on the way down. */
export type DownBlockTree<Leaf> = BlockTree<Leaf> & {
  /** Halves height and width, at all resolutions but the last: a convolution, or a residual block. */
  readonly downsamplers?: readonly [ResizeTree<Leaf> | ResnetTree<Leaf>];
};

export const downTrees = <Leaf>(make: Make<Leaf>, config: ResolvedUnet): readonly DownBlockTree<Leaf>[] => {
  const { levels, blocks, embedding, scaleShift } = config;
  return levels.map(({ channels, down }, i) => ({
    ...blockTree(
      make,
      Array.from({ length: blocks }, (_, j) => (j === 0 ? levels[Math.max(i - 1, 0)]!.channels : channels)),
      channels,
      config,
      down.attention,
    ),
    ...(i < levels.length - 1
      ? {
          downsamplers: [
            down.resnet ? resnetTree(make, channels, channels, embedding, scaleShift) : resizeTree(make, channels),
          ] as const,
        }
      : {}),
  }));
};

/** All that a resolution makes of x, in order: each is a skip connection, and the last goes on. */
export const down = (
  params: DownBlockTree<Tensor>,
  x: Tensor,
  emb: Tensor,
  options: BlockOptions,
): readonly [Tensor, ...Tensor[]] => {
  const outputs = params.resnets.reduce<readonly Tensor[]>(
    (made, _, i) => [...made, stage(params, i, made.at(-1) ?? x, emb, options)],
    [],
  );
  const last = outputs.at(-1)!;
  const smaller = (params.downsamplers ?? []).map((sampler) =>
    "conv" in sampler
      ? downsample(sampler, last, options.downPadding)
      : resnet(sampler, last, emb, { ...options, resize: "halve" }),
  );
  return [...outputs, ...smaller] as [Tensor, ...Tensor[]];
};
