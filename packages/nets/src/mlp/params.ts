import { type EmbeddingTree, embeddingTree } from "../layers/embedding.ts";
import { classLabels } from "../labels.ts";
import { linearTree, zeroLinearTree } from "../layers/linear.ts";
import type { Linear } from "../layers/params.ts";
import type { Make } from "../parameter.ts";
import type { ResolvedMlp } from "./config.ts";

/** One residual hidden layer of the MLP: h + linear_2(silu(linear_1(silu(h)) + time_emb_proj(silu(emb)))). */
export type MlpBlock<Leaf> = {
  /** [hidden, hidden] */
  readonly linear_1: Linear<Leaf>;
  /** [hidden, hidden], from the embedding of t (and of the class). */
  readonly time_emb_proj: Linear<Leaf>;
  /** [hidden, hidden] */
  readonly linear_2: Linear<Leaf>;
};

/** Everything that the MLP learns; `Leaf` is `Tensor`, or `Parameter` for the plan of it. */
export type MlpTree<Leaf> = EmbeddingTree<Leaf> & {
  /** [dim, hidden] */
  readonly linear_in: Linear<Leaf>;
  /** The residual hidden layers. */
  readonly blocks: readonly MlpBlock<Leaf>[];
  /** [hidden, dim], zero at the start. */
  readonly linear_out: Linear<Leaf>;
};

export const mlpTree = <Leaf>(
  make: Make<Leaf>,
  { dim, hidden, depth, frequencies, classes }: ResolvedMlp,
): MlpTree<Leaf> => ({
  ...embeddingTree(make, frequencies, hidden, classLabels(classes)),
  linear_in: linearTree(make, dim, hidden),
  blocks: Array.from({ length: depth }, () => ({
    linear_1: linearTree(make, hidden, hidden),
    time_emb_proj: linearTree(make, hidden, hidden),
    linear_2: linearTree(make, hidden, hidden),
  })),
  linear_out: zeroLinearTree(make, hidden, dim),
});
