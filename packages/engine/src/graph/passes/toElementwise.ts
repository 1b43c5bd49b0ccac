import type { ElementProgram } from "../elementwise.ts";
import type { Graph, GraphNode } from "../graph.ts";
import { elementwiseNode } from "../programs/elementwiseNode.ts";
import { elementwiseKernel } from "./elementwiseKernels.ts";
import { scalarInstructions } from "./scalarInstructions.ts";

/** The number that a value is known to be at every place, e.g. a constant of size 1; undefined of all others. */
export type ScalarOf = (value: number) => number | undefined;

/** A kernel of two inputs, one of which is known, as a program of the other. */
const withScalar = (program: ElementProgram, node: GraphNode, scalarOf: ScalarOf): GraphNode | undefined => {
  const [instruction] = program.instructions;
  if (program.inputs !== 2 || program.instructions.length !== 1) return undefined;
  for (const [known, other] of [
    [1, 0],
    [0, 1],
  ] as const) {
    const c = scalarOf(node.inputs[known]!.value);
    if (c === undefined) continue;
    const instructions = scalarInstructions(instruction!.op, c, known === 0);
    if (instructions === undefined) continue;
    return elementwiseNode(
      { inputs: 1, instructions, outputs: [instructions.length] },
      [node.inputs[other]!],
      node.outputs,
    );
  }
  return undefined;
};

const convert = (graph: Graph, node: GraphNode, scalarOf: ScalarOf): GraphNode => {
  const values = [...node.inputs.map(({ value }) => value), ...node.outputs];
  if (values.some((value) => graph.values[value]!.dtype !== "float32")) return node;
  const program = elementwiseKernel(node.op, node.attrs, node.inputs.length);
  if (program === undefined) return node;
  return withScalar(program, node, scalarOf) ?? elementwiseNode(program, node.inputs, node.outputs);
};

/**
 * Makes Elementwise nodes of all kernels that work on float32 numbers place by place. Known numbers become params where
 * the result is the same bit for bit: x·c, x + c, x - c, c - x, and x / c for powers of two.
 * @param scalarOf looks up values of size 1 that are known; none
 */
export const toElementwise = (graph: Graph, scalarOf: ScalarOf = () => undefined): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => convert(graph, node, scalarOf)),
});
