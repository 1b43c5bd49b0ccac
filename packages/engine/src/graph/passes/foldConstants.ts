import type { Graph, GraphNode } from "../graph.ts";

/**
 * Computes the outputs of a node from constants, one for each of its inputs; undefined to leave the node as it is.
 * Constants are whatever the graph keeps them as.
 */
export type Evaluate = (node: GraphNode, constants: readonly unknown[]) => readonly unknown[] | undefined;

/** Nodes of which all inputs are constants become constants themselves, also those that have no inputs. */
export const foldConstants = (graph: Graph, evaluate: Evaluate): Graph => {
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.filter((node) => {
    if (!node.inputs.every(({ value }) => constants.has(value))) return true;
    const made = evaluate(
      node,
      node.inputs.map(({ value }) => constants.get(value)),
    );
    if (made === undefined) return true;
    node.outputs.forEach((value, i) => constants.set(value, made[i]));
    return false;
  });
  return nodes.length === graph.nodes.length ? graph : { ...graph, constants, nodes };
};
