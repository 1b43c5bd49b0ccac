import type { Graph, GraphNode } from "../graph.ts";
import { redirect } from "../redirect.ts";
import { sizeOf } from "../shapes/sizeOf.ts";
import { reduceTranspose } from "../shapes/reduceTranspose.ts";

/** Kernels that give back their numbers, in their order, whenever they give as many as they got. */
const keepOrder: ReadonlySet<string> = new Set([
  "Identity",
  "Reshape",
  "Cast",
  "Tile",
  "Slice",
  "PadV2",
  "Concat",
  "Sum",
  "Mean",
  "Max",
  "Min",
  "Prod",
  "AddN",
]);

/** The value that a node only gives back with another shape, undefined if it does more. */
const givesBack = (graph: Graph, node: GraphNode): number | undefined => {
  const [output] = node.outputs as [number];
  const made = graph.values[output]!;
  const [use, ...others] = node.inputs.filter(({ shape }) => node.op !== "Concat" || sizeOf(shape) > 0);
  if (use === undefined || others.length > 0 || node.outputs.length !== 1) return undefined;
  if (graph.values[use.value]!.dtype !== made.dtype || sizeOf(use.shape) !== sizeOf(made.shape)) return undefined;
  if (node.op === "Transpose") {
    const { perm } = reduceTranspose(use.shape, node.attrs.perm as readonly number[]);
    return perm.length <= 1 ? use.value : undefined;
  }
  return keepOrder.has(node.op) ? use.value : undefined;
};

/**
 * Removes kernels that move nothing: whoever used their output uses their input, with the shape that it saw. A Cast to the
 * same type, Tile once, Slice of everything, PadV2 by zeros, Concat and AddN of one, reductions over axes of length 1,
 * Transpose of axes of length 1. The sum of one number is that number, also where a kernel makes 0 of -0.
 */
export const removeMoves = (graph: Graph): Graph => {
  const replacements = new Map<number, number>();
  const nodes = graph.nodes.filter((node) => {
    const source = givesBack(graph, node);
    if (source !== undefined) replacements.set(node.outputs[0]!, source);
    return source === undefined;
  });
  return redirect({ ...graph, nodes }, replacements);
};
