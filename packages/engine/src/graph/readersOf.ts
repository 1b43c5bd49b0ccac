import type { Graph, GraphNode } from "./graph.ts";

/** The nodes that read each value, each once. */
export const readersOf = (nodes: readonly GraphNode[]): Map<number, Set<GraphNode>> => {
  const readers = new Map<number, Set<GraphNode>>();
  for (const node of nodes)
    for (const { value } of node.inputs) {
      const known = readers.get(value);
      if (known === undefined) readers.set(value, new Set([node]));
      else known.add(node);
    }
  return readers;
};

/** The values that the caller gets. */
export const returnedBy = (graph: Graph): ReadonlySet<number> => new Set(graph.outputs.map(({ value }) => value));
