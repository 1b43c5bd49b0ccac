import type { Graph, GraphNode } from "../graph.ts";
import { programOf } from "../programs/elementwiseNode.ts";
import { readersOf, returnedBy } from "../readersOf.ts";
import { sizeOf } from "../shapes/sizeOf.ts";

/** A place among nodes: before or after the node that was at `index`, by so many steps. */
type Place = { readonly index: number; readonly step: number };

const compare = (a: Place, b: Place): number => a.index - b.index || a.step - b.step;

/**
 * Moves elementwise nodes to where they can be joined: down to the first node that reads what they make, where no more
 * memory is taken for longer, and up to what they read, where they make what the caller gets. The updates of an optimizer,
 * written as one list after the other, become one parameter after the other.
 */
export const bringTogether = (graph: Graph): Graph => {
  const readers = readersOf(graph.nodes);
  const returned = returnedBy(graph);
  const external = new Set([...graph.inputs, ...graph.constants.keys(), ...returned]);
  const places = new Map<GraphNode, Place>(graph.nodes.map((node, index) => [node, { index, step: 0 }]));
  const size = (value: number): number => sizeOf(graph.values[value]!.shape);
  const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + size(value), 0);

  for (const node of graph.nodes.toReversed()) {
    if (programOf(node) === undefined || node.outputs.some((value) => returned.has(value))) continue;
    const reading = node.outputs.flatMap((value) => [...(readers.get(value) ?? [])]);
    if (reading.length === 0) continue;
    const first = reading.map((reader) => places.get(reader)!).reduce((a, b) => (compare(b, a) < 0 ? b : a));
    const kept = new Set(node.inputs.map(({ value }) => value).filter((value) => !external.has(value)));
    for (const value of kept) {
      const others = [...readers.get(value)!].filter((reader) => reader !== node);
      if (others.some((reader) => compare(places.get(reader)!, first) >= 0)) kept.delete(value);
    }
    if (total(kept) <= total(new Set(node.outputs))) places.set(node, { index: first.index, step: first.step - 1 });
  }

  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  for (const node of graph.nodes) {
    if (programOf(node) === undefined) continue;
    if (!node.outputs.every((value) => returned.has(value) && !readers.has(value))) continue;
    const before = node.inputs.flatMap(({ value }) => makers.get(value) ?? []).map((maker) => places.get(maker)!);
    if (before.length === 0) continue;
    const last = before.reduce((a, b) => (compare(b, a) > 0 ? b : a));
    places.set(node, { index: last.index, step: last.step + 1 });
  }
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const nodes = graph.nodes.toSorted(
    (a, b) => compare(places.get(a)!, places.get(b)!) || order.get(a)! - order.get(b)!,
  );
  return { ...graph, nodes };
};
