import { ops, silu, type Tensor } from "@nonmarkov/autodiff";
import type { Labels } from "../labels.ts";
import type { Make } from "../parameter.ts";
import { linear, linearTree } from "./linear.ts";
import type { Embedding, TimeEmbedding } from "./params.ts";
import { sinusoidal, type SinusoidalOptions } from "./sinusoidal.ts";

/** The part of a network's tree that t and the labels go through. */
export type EmbeddingTree<Leaf> = {
  /** The embedding of t. */
  readonly time_embedding: TimeEmbedding<Leaf>;
  /** The embedding of the class where there are classes, or of labels that are numbers: those are embedded as t is. */
  readonly class_embedding?: Embedding<Leaf> | TimeEmbedding<Leaf>;
};

const timeTree = <Leaf>(make: Make<Leaf>, frequencies: number, width: number): TimeEmbedding<Leaf> => ({
  linear_1: linearTree(make, frequencies, width),
  linear_2: linearTree(make, width, width),
});

export const embeddingTree = <Leaf>(
  make: Make<Leaf>,
  frequencies: number,
  width: number,
  labels: Labels,
): EmbeddingTree<Leaf> => {
  const time_embedding = timeTree(make, frequencies, width);
  switch (labels.kind) {
    case "class": {
      const weight = make({ shape: [labels.classes, width], initial: { kind: "normal", std: 1 } });
      return { time_embedding, class_embedding: { weight } };
    }
    case "number":
      return { time_embedding, class_embedding: timeTree(make, frequencies, width) };
    case "none":
    case "vector":
      return { time_embedding };
  }
};

/** t [b] to [b, width]. */
export const embedTime = (
  { linear_1, linear_2 }: TimeEmbedding<Tensor>,
  t: Tensor,
  options: SinusoidalOptions,
): Tensor => linear(linear_2, silu(linear(linear_1, sinusoidal(t, linear_1.weight.shape[0]!, options))));

/** One-hot rows pick the vectors: a matrix product has its gradient without scattering. No class picks nothing. */
const embedClass = ({ weight }: Embedding<Tensor>, labels: Tensor): Tensor =>
  ops.matMul(ops.cast(ops.oneHot(labels, weight.shape[0]!), "float32"), weight);

/** Labels to [b, width]: of classes, of numbers, or those that are such vectors already. */
export const embedLabels = (
  { class_embedding }: EmbeddingTree<Tensor>,
  labels: Tensor,
  options: SinusoidalOptions,
): Tensor => {
  if (class_embedding === undefined) return labels;
  return "weight" in class_embedding
    ? embedClass(class_embedding, labels)
    : embedTime(class_embedding, labels, options);
};

/** What every block is given, silu(emb) [b, width]: computed once. */
export const embed = (
  params: EmbeddingTree<Tensor>,
  t: Tensor,
  labels: Tensor | undefined,
  options: SinusoidalOptions = {},
): Tensor => {
  const time = embedTime(params.time_embedding, t, options);
  return silu(labels === undefined ? time : ops.add(time, embedLabels(params, labels, options)));
};
