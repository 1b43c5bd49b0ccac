import type { Graph, Use } from "./graph.ts";

/**
 * Lets whoever uses a value use another one of the same numbers, with the shape that it saw before. Replacements of
 * replacements are followed. Makers stay.
 * @param replacements which value takes the place of which
 */
export const redirect = (graph: Graph, replacements: ReadonlyMap<number, number>): Graph => {
  if (replacements.size === 0) return graph;
  const follow = (value: number): number => {
    const next = replacements.get(value);
    return next === undefined ? value : follow(next);
  };
  const move = (use: Use): Use => (replacements.has(use.value) ? { ...use, value: follow(use.value) } : use);
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.inputs.some(({ value }) => replacements.has(value)) ? { ...node, inputs: node.inputs.map(move) } : node,
    ),
    outputs: graph.outputs.map(move),
  };
};
