import type { Graph, GraphNode, Use } from "../graph.ts";
import { returnedBy } from "../readersOf.ts";
import { sameShape } from "../shapes/sameShape.ts";
import type { Summand } from "./addConvolutions.ts";

/** Whether a node joins channels of images, as the skip connections of a U-Net. */
const joinsChannels = (graph: Graph, { op, attrs, inputs, outputs }: GraphNode): boolean => {
  if (op !== "Concat") return false;
  const { shape, dtype } = graph.values[outputs[0]!]!;
  const axis = attrs.axis as number;
  const last = axis === shape.length - 1 || axis === -1;
  return last && dtype === "float32" && shape.length === 4 && inputs.length === 2;
};

/** A convolution of parts of the channels in place of one of all; undefined if it reads the value in another way. */
const convolutionOf = (graph: Graph, node: GraphNode, value: number, parts: readonly Use[]): GraphNode | undefined => {
  const isSum = node.op === "ConvolutionSum";
  if (!isSum && node.op !== "Conv2D") return undefined;
  const { epilogue, ...settings } = node.attrs;
  const summands = isSum ? (node.attrs.summands as readonly Summand[]) : [{ attrs: settings }];
  const further = node.inputs.slice(2 * summands.length);
  const isElsewhere = node.inputs.some((use, i) => use.value === value && (i >= 2 * summands.length || i % 2 === 1));
  if (isElsewhere) return undefined;
  const { shape } = graph.values[value]!;
  const inputs: Use[] = [];
  const all: Summand[] = [];
  for (const [i, summand] of summands.entries()) {
    const [images, filter] = [node.inputs[2 * i]!, node.inputs[2 * i + 1]!];
    if (images.value !== value) {
      inputs.push(images, filter);
      all.push(summand);
      continue;
    }
    if (!sameShape(images.shape, shape) || summand.from !== undefined) return undefined;
    let from = 0;
    for (const part of parts) {
      inputs.push(part, filter);
      all.push({ attrs: summand.attrs, from });
      from += part.shape.at(-1)!;
    }
  }
  return {
    op: "ConvolutionSum",
    inputs: [...inputs, ...further],
    names: [...all.flatMap((_, i) => [`x${i}`, `filter${i}`]), ...further.map((_, i) => `epilogue${i + 1}`)],
    attrs: { summands: all, ...(epilogue !== undefined && { epilogue }) },
    outputs: node.outputs,
  };
};

/** A group normalisation of parts of the channels; undefined of other nodes, and of one that sees other channels. */
const normOf = (graph: Graph, node: GraphNode, value: number, parts: readonly Use[]): GraphNode | undefined => {
  const [x, ...others] = node.inputs as [Use, ...Use[]];
  if (node.op !== "GroupNorm" || x.value !== value || others.some((use) => use.value === value)) return undefined;
  const { shape } = graph.values[value]!;
  if (x.shape[0] !== shape[0] || x.shape.at(-1) !== shape.at(-1)) return undefined;
  return {
    op: "GroupNormOfParts",
    inputs: [...parts, ...others],
    names: [...parts.map((_, i) => `x${i}`), ...node.names.slice(1)],
    attrs: node.attrs,
    outputs: node.outputs,
  };
};

/** How many different values a node reads and makes. */
const buffersOf = ({ inputs, outputs }: GraphNode): number =>
  new Set(inputs.map(({ value }) => value)).size + outputs.length;

/**
 * Images whose channels come from two others are not put together where all that read them can read both: convolutions,
 * which add what they make of each, and group normalisations.
 * @param buffers how many different values one may read and make
 */
export const splitConcats = (graph: Graph, buffers = Infinity): Graph => {
  const returned = returnedBy(graph);
  let nodes: readonly GraphNode[] = graph.nodes;
  for (const concat of graph.nodes) {
    if (!joinsChannels(graph, concat)) continue;
    const [value] = concat.outputs as [number];
    if (returned.has(value)) continue;
    const reading = nodes.filter((node) => node.inputs.some((use) => use.value === value));
    const replaced = new Map(
      reading.map((node) => [
        node,
        convolutionOf(graph, node, value, concat.inputs) ?? normOf(graph, node, value, concat.inputs),
      ]),
    );
    if (![...replaced.values()].every((node) => node !== undefined && buffersOf(node) <= buffers)) continue;
    nodes = nodes.filter((node) => node !== concat).map((node) => replaced.get(node) ?? node);
  }
  return { ...graph, nodes };
};
