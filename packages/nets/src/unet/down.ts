import type { Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { type BlockOptions, type BlockTree, blockTree, stage } from "./blocks.ts";
import type { ResolvedUnet } from "./config.ts";
import { downsample, type ResizeTree, resizeTree } from "./resize.ts";

/** One resolution on the way down. */
export type DownBlockTree<Leaf> = BlockTree<Leaf> & {
  /** Halves height and width, at all resolutions but the last. */
  readonly downsamplers?: readonly [ResizeTree<Leaf>];
};

export const downTrees = <Leaf>(
  make: Make<Leaf>,
  { levels, blocks }: ResolvedUnet,
  embedding: number,
): readonly DownBlockTree<Leaf>[] =>
  levels.map(({ channels, attention }, i) => ({
    ...blockTree(
      make,
      Array.from({ length: blocks }, (_, j) => (j === 0 ? levels[Math.max(i - 1, 0)]!.channels : channels)),
      channels,
      embedding,
      attention,
    ),
    ...(i < levels.length - 1 ? { downsamplers: [resizeTree(make, channels)] as const } : {}),
  }));

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
  return [...outputs, ...(params.downsamplers ?? []).map((sampler) => downsample(sampler, last))] as [
    Tensor,
    ...Tensor[],
  ];
};
