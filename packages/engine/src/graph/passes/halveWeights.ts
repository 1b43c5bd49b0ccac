import type { Graph, GraphNode, Use, Value } from "../graph.ts";
import { sizeOf } from "../shapes/sizeOf.ts";

/** Which inputs of a node are the right-hand matrices of its products, if they can be read with 16 bits. */
const weightsOf = ({ op, inputs, attrs }: GraphNode): readonly number[] => {
  if (op === "Conv2D") return [1];
  if (op === "BatchMatMul") return attrs.transposeB || inputs[1]!.shape.length !== 2 ? [] : [1];
  if (op === "ConvolutionSum") return (attrs.summands as readonly unknown[]).map((_, i) => 2 * i + 1);
  return [];
};

/**
 * Products and convolutions read weights that the caller gives with 16 bits each: a node ToHalves makes them, which need not
 * run again while the weights are the same. Nodes that read them have the setting `halves`; the uses keep their shapes.
 */
export const halveWeights = (graph: Graph): Graph => {
  const given = new Set(graph.inputs);
  const values: Value[] = [...graph.values];
  const halves = new Map<number, number>();
  const made: GraphNode[] = [];
  const halved = (use: Use): Use => {
    let value = halves.get(use.value);
    if (value === undefined) {
      value = values.push({ shape: [sizeOf(use.shape) / 2], dtype: "int32" }) - 1;
      halves.set(use.value, value);
      made.push({ op: "ToHalves", inputs: [use], names: ["x"], attrs: {}, outputs: [value] });
    }
    return { value, shape: use.shape };
  };
  const nodes = graph.nodes.map((node): GraphNode => {
    const weights = weightsOf(node);
    const fits = weights.every((i) => given.has(node.inputs[i]!.value) && node.inputs[i]!.shape.at(-1)! % 4 === 0);
    if (weights.length === 0 || !fits) return node;
    const inputs = node.inputs.map((use, i) => (weights.includes(i) ? halved(use) : use));
    return { ...node, inputs, attrs: { ...node.attrs, halves: true } };
  });
  return made.length === 0 ? graph : { ...graph, values, nodes: [...made, ...nodes] };
};
