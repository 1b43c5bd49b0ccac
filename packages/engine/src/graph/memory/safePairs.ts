import type { GraphNode } from "../graph.ts";

/** An input and an output of a node, by their places among its inputs and outputs. */
type Pair = readonly [input: number, output: number];

/**
 * Of the outputs that a kernel may write over inputs, those that this node may: whatever else it reads of the same value,
 * it reads place by place with the same output.
 */
export const safePairs = ({ inputs }: GraphNode, pairs: readonly Pair[] = []): readonly Pair[] =>
  pairs.filter(([input, output]) =>
    inputs.every(
      ({ value }, i) => value !== inputs[input]!.value || pairs.some(([read, write]) => read === i && write === output),
    ),
  );
