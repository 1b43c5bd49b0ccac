import type { Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { attention, type AttentionTree, attentionTree } from "./attention.ts";
import type { BlockOptions } from "./blocks.ts";
import type { ResolvedUnet } from "./config.ts";
import { resnet, type ResnetTree, resnetTree } from "./resnet.ts";

/** The middle, at the smallest resolution. */
export type MidBlockTree<Leaf> = {
  /** One before the attention and one after it. */
  readonly resnets: readonly [ResnetTree<Leaf>, ResnetTree<Leaf>];
  /** The attention between them, unless it is switched off. */
  readonly attentions?: readonly [AttentionTree<Leaf>];
};

export const midTree = <Leaf>(
  make: Make<Leaf>,
  { levels, midAttention }: ResolvedUnet,
  embedding: number,
): MidBlockTree<Leaf> => {
  const { channels } = levels.at(-1)!;
  return {
    resnets: [resnetTree(make, channels, channels, embedding), resnetTree(make, channels, channels, embedding)],
    ...(midAttention ? { attentions: [attentionTree(make, channels)] as const } : {}),
  };
};

export const middle = (
  { resnets: [before, after], attentions }: MidBlockTree<Tensor>,
  x: Tensor,
  emb: Tensor,
  { groups, normEps: eps, heads }: BlockOptions,
): Tensor => {
  const options = { groups, eps };
  const h = resnet(before, x, emb, options);
  return resnet(after, attentions === undefined ? h : attention(attentions[0], h, heads, options), emb, options);
};
