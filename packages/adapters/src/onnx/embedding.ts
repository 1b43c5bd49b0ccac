import type { Tensor } from "@nonmarkov/autodiff";
import type { ResolvedUnet, TimeEmbedding, UnetTree } from "@nonmarkov/nets";
import { linear, silu, type Writer } from "./layers.ts";

/** Sines and cosines of numbers [n], as the networks have them: [n, dim]. */
const sinusoidal = ({ graph }: Writer, t: string, dim: number, { cosFirst, frequencyShift }: ResolvedUnet): string => {
  const half = Math.floor(dim / 2);
  const frequencies = Array.from({ length: half }, (_, k) => (k === 0 ? 1 : 10_000 ** (-k / (half - frequencyShift))));
  const column = graph.node("Reshape", [t, graph.integers([-1, 1])]);
  const angles = graph.node("Mul", [column, graph.floats([1, half], frequencies)]);
  const [sin, cos] = [graph.node("Sin", [angles]), graph.node("Cos", [angles])];
  const zero = dim % 2 === 0 ? [] : [graph.node("Mul", [column, graph.floats([1, 1], [0])])];
  return graph.node("Concat", [...(cosFirst ? [cos, sin] : [sin, cos]), ...zero], { axis: 1 });
};

const embedNumbers = (
  writer: Writer,
  { linear_1, linear_2 }: TimeEmbedding<Tensor>,
  t: string,
  config: ResolvedUnet,
): string => {
  const waves = sinusoidal(writer, t, linear_1.weight.shape[0]!, config);
  return linear(writer, linear_2, silu(writer, linear(writer, linear_1, waves)));
};

/** Class -1, no class, is the row of zeros before the others. */
const embedClass = ({ graph, of }: Writer, table: Tensor, labels: string): string => {
  const { name, shape, data } = of(table);
  const [classes, width] = shape as [number, number];
  const padded = new Float32Array(width + data.length);
  padded.set(data, width);
  const rows = graph.weight(name, [classes + 1, width], padded);
  return graph.node("Gather", [rows, graph.node("Add", [labels, graph.integers([1])])]);
};

/** What every block is given: silu of the embeddings of t and of the labels, [n, width]. */
export const embed = (
  writer: Writer,
  { time_embedding, class_embedding }: UnetTree<Tensor>,
  t: string,
  labels: string | undefined,
  config: ResolvedUnet,
): string => {
  const time = embedNumbers(writer, time_embedding, t, config);
  if (labels === undefined) return silu(writer, time);
  const embedded =
    class_embedding === undefined
      ? labels
      : "weight" in class_embedding
        ? embedClass(writer, class_embedding.weight, labels)
        : embedNumbers(writer, class_embedding, labels, config);
  return silu(writer, writer.graph.node("Add", [time, embedded]));
};
