import type { Graph, GraphNode } from "../graph/graph.ts";

/** A node, and which of its outputs may be written over which of its inputs. */
type Overwriting = {
  readonly node: GraphNode;
  readonly inPlace: readonly (readonly [input: number, output: number])[] | undefined;
};

/**
 * Which output (by its place among `made`) may lie where which input of the graph lies: the step that makes it reads that
 * input place by place, and nobody reads it afterwards.
 * @param made the values that are made for the caller
 * @param overwritable indices of inputs that may be used up
 */
export const inheritances = (
  steps: readonly Overwriting[],
  graph: Graph,
  made: readonly number[],
  overwritable: ReadonlySet<number>,
): ReadonlyMap<number, number> => {
  const inputAt = new Map(graph.inputs.map((value, index) => [value, index]));
  const last = new Map<number, number>();
  steps.forEach(({ node }, step) => node.inputs.forEach(({ value }) => last.set(value, step)));
  graph.outputs.forEach(({ value }) => last.set(value, Infinity));
  const madeAt = new Map(made.map((value, i) => [value, i]));
  const heirs = new Map<number, number>();
  const taken = new Set<number>();
  steps.forEach(({ node, inPlace = [] }, step) => {
    for (const [read, write] of inPlace) {
      const { value } = node.inputs[read]!;
      const index = inputAt.get(value);
      const output = madeAt.get(node.outputs[write]!);
      if (index === undefined || !overwritable.has(index) || output === undefined) continue;
      if (taken.has(index) || heirs.has(output) || last.get(value) !== step) continue;
      heirs.set(output, index);
      taken.add(index);
    }
  });
  return heirs;
};
