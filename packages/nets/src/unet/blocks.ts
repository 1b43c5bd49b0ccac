import type { Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { attention, type AttentionTree, attentionTree } from "./attention.ts";
import type { ResolvedUnet } from "./config.ts";
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
  embedding: number,
  attends: boolean,
): BlockTree<Leaf> => ({
  resnets: inputs.map((n) => resnetTree(make, n, outputs, embedding)),
  ...(attends ? { attentions: inputs.map(() => attentionTree(make, outputs)) } : {}),
});

/** What blocks need to know besides their parameters. */
export type BlockOptions = Pick<ResolvedUnet, "groups" | "normEps" | "heads">;

/** The i-th residual block, and the attention after it. */
export const stage = (
  { resnets, attentions }: BlockTree<Tensor>,
  i: number,
  x: Tensor,
  emb: Tensor,
  { groups, normEps: eps, heads }: BlockOptions,
): Tensor => {
  const h = resnet(resnets[i]!, x, emb, { groups, eps });
  return attentions === undefined ? h : attention(attentions[i]!, h, heads, { groups, eps });
};
