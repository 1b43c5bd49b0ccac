import type { Graph, Use } from "./graph.ts";

/** A use of what takes a value's place, with the shape that it saw before. Replacements of replacements are followed. */
export const redirectUse = (use: Use, replacements: ReadonlyMap<number, number>): Use => {
  const next = replacements.get(use.value);
  return next === undefined ? use : redirectUse({ ...use, value: next }, replacements);
};

/**
 * Lets whoever uses a value use another one of the same numbers. Makers stay.
 * @param replacements which value takes the place of which
 */
export const redirect = (graph: Graph, replacements: ReadonlyMap<number, number>): Graph => {
  if (replacements.size === 0) return graph;
  const move = (use: Use): Use => redirectUse(use, replacements);
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.inputs.some(({ value }) => replacements.has(value)) ? { ...node, inputs: node.inputs.map(move) } : node,
    ),
    outputs: graph.outputs.map(move),
  };
};
