import type { Graph, GraphNode } from "../graph.ts";

/** Puts nodes behind those that make what they need, and leaves them where they are otherwise. @throws Error on a cycle */
export const reorder = (graph: Graph): Graph => {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  const placed = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  const nodes: GraphNode[] = [];
  const place = (node: GraphNode): void => {
    if (placed.has(node)) return;
    if (open.has(node)) throw new Error(`reorder: ${node.op} needs what it makes`);
    open.add(node);
    for (const { value } of node.inputs) {
      const maker = makers.get(value);
      if (maker !== undefined) place(maker);
    }
    open.delete(node);
    placed.add(node);
    nodes.push(node);
  };
  for (const node of graph.nodes) place(node);
  return { ...graph, nodes };
};
