import { ops, silu, type Tensor } from "@nonmarkov/autodiff";
import type { Make } from "../parameter.ts";
import { linear, linearTree } from "./linear.ts";
import type { Embedding, TimeEmbedding } from "./params.ts";
import { sinusoidal } from "./sinusoidal.ts";

/** The part of a network's tree that t and the class go through. */
export type EmbeddingTree<Leaf> = {
  /** The embedding of t. */
  readonly time_embedding: TimeEmbedding<Leaf>;
  /** The embedding of the class, where there are classes. */
  readonly class_embedding?: Embedding<Leaf>;
};

export const embeddingTree = <Leaf>(
  make: Make<Leaf>,
  frequencies: number,
  width: number,
  classes: number,
): EmbeddingTree<Leaf> => ({
  time_embedding: { linear_1: linearTree(make, frequencies, width), linear_2: linearTree(make, width, width) },
  ...(classes === 0
    ? {}
    : { class_embedding: { weight: make({ shape: [classes, width], initial: { kind: "normal", std: 1 } }) } }),
});

/** One-hot rows pick the vectors: a matrix product has its gradient without scattering. No class picks nothing. */
const embedClass = ({ weight }: Embedding<Tensor>, labels: Tensor): Tensor =>
  ops.matMul(ops.cast(ops.oneHot(labels, weight.shape[0]!), "float32"), weight);

/** What every block is given, silu(emb) [b, width]: computed once. */
export const embed = (
  { time_embedding, class_embedding }: EmbeddingTree<Tensor>,
  t: Tensor,
  labels: Tensor | undefined,
): Tensor => {
  const { linear_1, linear_2 } = time_embedding;
  const time = linear(linear_2, silu(linear(linear_1, sinusoidal(t, linear_1.weight.shape[0]!))));
  const all =
    class_embedding === undefined || labels === undefined ? time : ops.add(time, embedClass(class_embedding, labels));
  return silu(all);
};
