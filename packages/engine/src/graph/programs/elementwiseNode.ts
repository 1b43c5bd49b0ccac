import type { ElementProgram } from "../elementwise.ts";
import type { GraphNode, Use, Value } from "../graph.ts";
import type { ShapedPart } from "./joinParts.ts";

/** A node that runs a program at every place of its outputs. */
export const elementwiseNode = (
  program: ElementProgram,
  inputs: readonly Use[],
  outputs: readonly number[],
): GraphNode => ({
  op: "Elementwise",
  inputs,
  names: inputs.map((_, i) => String(i)),
  attrs: { program },
  outputs,
});

/** The program of an Elementwise node, undefined of others. */
export const programOf = (node: GraphNode): ElementProgram | undefined =>
  node.op === "Elementwise" ? (node.attrs.program as ElementProgram) : undefined;

/** An Elementwise node as a part that can be joined with others. */
export const partOf = (values: readonly Value[], node: GraphNode): ShapedPart => ({
  program: programOf(node)!,
  inputs: node.inputs,
  outputs: node.outputs,
  shape: values[node.outputs[0]!]!.shape,
});
