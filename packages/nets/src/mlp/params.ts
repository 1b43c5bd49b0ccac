import type { Embedding, Linear, TimeEmbedding } from "../layers/params.ts";

/** One residual hidden layer of the MLP: h + linear_2(silu(linear_1(silu(h)) + time_emb_proj(silu(emb)))). */
export type MlpBlock<Leaf> = {
  /** [hidden, hidden] */
  readonly linear_1: Linear<Leaf>;
  /** [hidden, hidden], zero at the start: at first a block does nothing. */
  readonly linear_2: Linear<Leaf>;
  /** [hidden, hidden], from the embedding of t (and of the class). */
  readonly time_emb_proj: Linear<Leaf>;
};

/** Everything that the MLP learns; `Leaf` is `Tensor`, or `Parameter` for the plan of it. */
export type MlpTree<Leaf> = {
  /** The embedding of t. */
  readonly time_embedding: TimeEmbedding<Leaf>;
  /** The embedding of the class, where there are classes. */
  readonly class_embedding?: Embedding<Leaf>;
  /** [dim, hidden] */
  readonly linear_in: Linear<Leaf>;
  /** The residual hidden layers. */
  readonly blocks: readonly MlpBlock<Leaf>[];
  /** [hidden, dim], zero at the start. */
  readonly linear_out: Linear<Leaf>;
};
