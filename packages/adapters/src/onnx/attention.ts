import type { Tensor } from "@nonmarkov/autodiff";
import type { AttentionTree } from "@nonmarkov/nets";
import { type Features, linearOfRows, norm, type Writer } from "./layers.ts";

/** How attention is computed. */
export type AttentionOptions = {
  readonly groups: number;
  readonly eps: number;
  readonly heads: number;
  readonly scale?: number;
};

/** Self-attention over the pixels. */
export const attention = (
  writer: Writer,
  { group_norm, to_q, to_k, to_v, to_out }: AttentionTree<Tensor>,
  x: Features,
  { groups, eps, heads, scale = 1 }: AttentionOptions,
): Features => {
  const { graph } = writer;
  const { channels, height, width } = x;
  const y = group_norm === undefined ? x : norm(writer, group_norm, x, groups, eps);
  const transposed = (value: string, perm: readonly number[]): string => graph.node("Transpose", [value], { perm });
  const pixels = transposed(graph.node("Reshape", [y.name, graph.integers([0, channels, -1])]), [0, 2, 1]);
  const split = graph.integers([0, 0, heads, channels / heads]);
  const [q, k, v] = [to_q, to_k, to_v].map((layer, i) =>
    transposed(
      graph.node("Reshape", [linearOfRows(writer, layer, pixels), split]),
      i === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3],
    ),
  ) as [string, string, string];
  const factor = graph.floats([], [1 / Math.sqrt(channels / heads)]);
  const scores = graph.node("Softmax", [graph.node("MatMul", [graph.node("Mul", [q, factor]), k])], { axis: -1 });
  const joined = graph.node("Reshape", [
    transposed(graph.node("MatMul", [scores, v]), [0, 2, 1, 3]),
    graph.integers([0, 0, channels]),
  ]);
  const rows = transposed(linearOfRows(writer, to_out[0], joined), [0, 2, 1]);
  const back = graph.node("Reshape", [rows, graph.integers([0, channels, height, width])]);
  const sum = graph.node("Add", [x.name, back]);
  return { ...x, name: scale === 1 ? sum : graph.node("Div", [sum, graph.floats([], [scale])]) };
};
