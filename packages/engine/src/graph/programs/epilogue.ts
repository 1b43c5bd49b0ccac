import type { ElementProgram } from "../elementwise.ts";
import type { GraphNode, Shape } from "../graph.ts";
import { nothing, type ShapedPart } from "./joinParts.ts";

/** Stands for what a kernel computes before its epilogue: no value of the graph. */
export const rawResult = -1;

/** How many inputs of a node are the kernel's own, not its epilogue's. They come first. */
export const ownInputs = ({ inputs, attrs }: GraphNode): number =>
  attrs.epilogue === undefined ? inputs.length : inputs.length - (attrs.epilogue as ElementProgram).inputs + 1;

/** The program that a node runs on what its kernel computes, which may do nothing; its input 0 is `rawResult`. */
export const epilogueOf = (node: GraphNode, shape: Shape): ShapedPart => ({
  program: (node.attrs.epilogue as ElementProgram | undefined) ?? nothing,
  inputs: [{ value: rawResult, shape }, ...node.inputs.slice(ownInputs(node))],
  outputs: node.outputs,
  shape,
});

/** A node with another epilogue, whose input 0 must be `rawResult`. */
export const withEpilogue = (node: GraphNode, epilogue: ShapedPart): GraphNode => {
  const own = ownInputs(node);
  const rest = epilogue.inputs.slice(1);
  return {
    op: node.op,
    inputs: [...node.inputs.slice(0, own), ...rest],
    names: [...node.names.slice(0, own), ...rest.map((_, i) => `epilogue${i + 1}`)],
    attrs: { ...node.attrs, epilogue: epilogue.program },
    outputs: epilogue.outputs,
  };
};
