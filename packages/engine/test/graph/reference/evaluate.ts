import type { Graph } from "../../../src/graph/graph.ts";
import type { Evaluate } from "../../../src/graph/passes/foldConstants.ts";
import { interpret } from "./interpret.ts";

/** Computes nodes of a graph with the interpreter. */
export const evaluate =
  ({ values }: Graph): Evaluate =>
  (node, constants) =>
    interpret(
      {
        values,
        inputs: [],
        constants: new Map(node.inputs.map(({ value }, i) => [value, constants[i]])),
        nodes: [node],
        outputs: node.outputs.map((value) => ({ value, shape: values[value]!.shape })),
      },
      [],
    ).map(({ numbers }) => numbers);
