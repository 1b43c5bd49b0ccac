import type { Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { attention, type AttentionTree, attentionTree } from "./attention.ts";
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
  { levels, midAttention, midGroups, embedding, scaleShift }: ResolvedUnet,
): MidBlockTree<Leaf> => {
  const { channels } = levels.at(-1)!;
  const block = () => resnetTree(make, channels, channels, embedding, scaleShift);
  return {
    resnets: [block(), block()],
    ...(midAttention ? { attentions: [attentionTree(make, channels, midGroups > 0)] as const } : {}),
  };
};

export const middle = (
  { resnets: [before, after], attentions }: MidBlockTree<Tensor>,
  x: Tensor,
  emb: Tensor,
  { levels, groups, normEps: eps, scaleShift, midGroups, midScale: scale }: ResolvedUnet,
): Tensor => {
  const options = { groups, eps, scaleShift, scale };
  const { heads } = levels.at(-1)!;
  const h = resnet(before, x, emb, options);
  const attended = attentions === undefined ? h : attention(attentions[0], h, { heads, groups: midGroups, eps, scale });
  return resnet(after, attended, emb, options);
};
