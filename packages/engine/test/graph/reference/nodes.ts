import { expect } from "vitest";
import type { Graph, GraphNode } from "../../../src/graph/graph.ts";

/** How many nodes of each op there are. */
export const counted = ({ nodes }: Graph): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { op } of nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
};

/** The one node of an op; expects that there is one. */
export const only = ({ nodes }: Graph, op: string): GraphNode => {
  const those = nodes.filter((node) => node.op === op);
  expect(those).toHaveLength(1);
  return those[0]!;
};
