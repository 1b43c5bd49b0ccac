import type { Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { attention, type AttentionTree, attentionTree } from "./attention.ts";
import type { Level, ResolvedUnet } from "./config.ts";
import type { Padding } from "./resize.ts";
import { resnet, type ResnetTree, resnetTree } from "./resnet.ts";

/** What every resolution has: residual blocks, and attention after each of them where there is attention. */
export type BlockTree<Leaf> = {
  /** The residual blocks. */
  readonly resnets: readonly ResnetTree<Leaf>[];
  /** One after every residual block, at the resolutions that have attention. */
  readonly attentions?: readonly AttentionTree<Leaf>[];
};

/** Residual blocks that take `inputs` channels, one block per entry, to `outputs`. */
export const blockTree = <Leaf>(
  make: Make<Leaf>,
  inputs: readonly number[],
  outputs: number,
  { embedding, scaleShift }: ResolvedUnet,
  attends: boolean,
): BlockTree<Leaf> => ({
  resnets: inputs.map((n) => resnetTree(make, n, outputs, embedding, scaleShift)),
  ...(attends ? { attentions: inputs.map(() => attentionTree(make, outputs)) } : {}),
});

/** What blocks need to know besides their parameters. */
export type BlockOptions = {
  readonly groups: number;
  readonly eps: number;
  readonly heads: number;
  readonly scaleShift: boolean;
  readonly downPadding: Padding;
};

/** The options of the blocks of one resolution. */
export const blockOptions = (
  { groups, normEps: eps, scaleShift, downPadding }: ResolvedUnet,
  { heads }: Level,
): BlockOptions => ({ groups, eps, heads, scaleShift, downPadding });

/** The i-th residual block, and the attention after it. */
export const stage = (
  { resnets, attentions }: BlockTree<Tensor>,
  i: number,
  x: Tensor,
  emb: Tensor,
  options: BlockOptions,
): Tensor => {
  const h = resnet(resnets[i]!, x, emb, options);
  return attentions === undefined ? h : attention(attentions[i]!, h, options);
};
