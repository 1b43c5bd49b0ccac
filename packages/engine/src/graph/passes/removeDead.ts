import type { Graph, GraphNode } from "../graph.ts";

/** Removes nodes that nothing needs, and constants that nothing uses. Inputs stay. */
export const removeDead = (graph: Graph): Graph => {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  const kept: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const { value } of node.inputs) needed.add(value);
  }
  const constants = new Map([...graph.constants].filter(([value]) => needed.has(value)));
  return kept.length === graph.nodes.length && constants.size === graph.constants.size
    ? graph
    : { ...graph, constants, nodes: kept.reverse() };
};
