import type { ElementProgram } from "../elementwise.ts";
import type { Graph, GraphNode } from "../graph.ts";
import { composePrograms } from "../programs/composePrograms.ts";
import { elementwiseNode, partOf, programOf } from "../programs/elementwiseNode.ts";
import { epilogueOf, withEpilogue } from "../programs/epilogue.ts";
import { joinParts } from "../programs/joinParts.ts";
import { removeUnusedInputs } from "../programs/removeUnusedInputs.ts";
import { simplifyProgram, type SimplifyOptions } from "../programs/simplifyProgram.ts";
import { redirect, redirectUse } from "../redirect.ts";
import { sizeOf } from "../shapes/sizeOf.ts";

/** Takes note of outputs that are inputs, or other outputs, and returns which outputs are left. */
const leaveOutCopies = (
  { values }: Graph,
  { inputs, outputs }: GraphNode,
  program: ElementProgram,
  replacements: Map<number, number>,
): readonly number[] => {
  const makers = new Map(
    inputs.flatMap(({ value, shape }, register) =>
      sizeOf(shape) === sizeOf(values[outputs[0]!]!.shape) ? [[register, value] as const] : [],
    ),
  );
  return outputs.flatMap((value, i) => {
    const register = program.outputs[i]!;
    const same = makers.get(register);
    if (same !== undefined) replacements.set(value, same);
    else makers.set(register, value);
    return same === undefined ? [i] : [];
  });
};

/** An Elementwise node with a simple program, undefined if nothing is left of it. */
const simplifyNode = (
  graph: Graph,
  node: GraphNode,
  options: SimplifyOptions,
  replacements: Map<number, number>,
): GraphNode | undefined => {
  // Inputs that are the same become one.
  const { program, inputs } = composePrograms([partOf(graph.values, node)], node.outputs);
  const simple = simplifyProgram(program, options);
  const left = leaveOutCopies(graph, { ...node, inputs }, simple, replacements);
  const narrow = removeUnusedInputs({ ...simple, outputs: left.map((i) => simple.outputs[i]!) });
  const used = narrow.kept.map((i) => inputs[i]!);
  const outputs = left.map((i) => node.outputs[i]!);
  return outputs.length === 0 ? undefined : elementwiseNode(narrow.program, used, outputs);
};

/** A kernel with a simple epilogue. */
const simplifyEpilogue = (graph: Graph, node: GraphNode, options: SimplifyOptions): GraphNode => {
  const { shape } = graph.values[node.outputs[0]!]!;
  // Inputs that are the same become one.
  const epilogue = joinParts([epilogueOf(node, shape)], node.outputs, shape)!;
  return withEpilogue(node, { ...epilogue, program: simplifyProgram(epilogue.program, options) });
};

/**
 * Simplifies the programs of Elementwise nodes and the epilogues of others. Inputs that are the same or not used, outputs
 * that are copies, and nodes that then make nothing, disappear.
 */
export const simplifyPrograms = (graph: Graph, options: SimplifyOptions = {}): Graph => {
  const replacements = new Map<number, number>();
  const nodes = graph.nodes.map((original) => {
    // What was found to be the same before is the same here.
    const inputs = original.inputs.map((use) => redirectUse(use, replacements));
    const node = { ...original, inputs };
    if (node.attrs.epilogue !== undefined) return simplifyEpilogue(graph, node, options);
    return programOf(node) === undefined ? node : simplifyNode(graph, node, options, replacements);
  });
  return redirect({ ...graph, nodes: nodes.filter((node) => node !== undefined) }, replacements);
};
