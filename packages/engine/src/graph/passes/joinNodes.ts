import type { Graph, GraphNode, Value } from "../graph.ts";
import { elementwiseNode, partOf } from "../programs/elementwiseNode.ts";
import { fits, type ProgramLimits } from "../programs/fits.ts";
import { joinParts } from "../programs/joinParts.ts";
import { readersOf, returnedBy } from "../readersOf.ts";

/** What a graph's nodes look like while some are joined: the one thing here that changes, and nobody else sees it. */
export type Joining = {
  /** The graph's values; shapes change. */
  readonly values: Value[];
  /** What the caller gets. */
  readonly returned: ReadonlySet<number>;
  /** In an order in which they can run; undefined where a node became part of another. */
  readonly nodes: (GraphNode | undefined)[];
  /** Where each node is among `nodes`. */
  readonly place: Map<GraphNode, number>;
  /** The node that makes each value. */
  readonly makers: Map<number, GraphNode>;
  /** The nodes that read each value. */
  readonly readers: Map<number, Set<GraphNode>>;
};

/** Starts to join nodes of a graph. */
export const startJoining = (graph: Graph): Joining => ({
  values: [...graph.values],
  returned: returnedBy(graph),
  nodes: [...graph.nodes],
  place: new Map(graph.nodes.map((node, i) => [node, i])),
  makers: new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const))),
  readers: readersOf(graph.nodes),
});

/** The nodes between two places that need what `first` makes, directly or not; undefined if `second` needs one of them. */
const between = (
  { nodes, place }: Joining,
  first: GraphNode,
  second: GraphNode,
): ReadonlySet<GraphNode> | undefined => {
  const made = new Set<number>();
  const dependent = new Set<GraphNode>();
  const needed = new Set([...first.outputs]);
  for (let i = place.get(first)! + 1; i < place.get(second)!; i++) {
    const node = nodes[i];
    if (!node?.inputs.some(({ value }) => needed.has(value))) continue;
    dependent.add(node);
    for (const value of node.outputs) {
      made.add(value);
      needed.add(value);
    }
  }
  return second.inputs.some(({ value }) => made.has(value)) ? undefined : dependent;
};

/** Puts the joined node where the second was, and after it what needs the first. */
const replace = (
  state: Joining,
  [first, second]: readonly [GraphNode, GraphNode],
  joined: GraphNode,
  dependent: ReadonlySet<GraphNode>,
): void => {
  const { nodes, place, makers, readers } = state;
  const [from, to] = [place.get(first)!, place.get(second)!];
  const window = nodes.slice(from + 1, to).filter((node) => node !== undefined);
  const reordered = [...window.filter((node) => !dependent.has(node)), joined, ...dependent];
  for (let i = from; i <= to; i++) {
    // Places at the front become free.
    const node = reordered[i - to - 1 + reordered.length];
    nodes[i] = node;
    if (node !== undefined) place.set(node, i);
  }
  for (const node of [first, second]) {
    place.delete(node);
    for (const { value } of node.inputs) readers.get(value)!.delete(node);
    for (const value of node.outputs) makers.delete(value);
  }
  for (const { value } of joined.inputs) readers.get(value)!.add(joined);
  for (const value of joined.outputs) makers.set(value, joined);
};

/**
 * Makes one Elementwise node of two, if the order of all others allows it and it keeps within limits.
 * @returns the joined node, undefined if nothing changed
 */
export const joinNodes = (state: Joining, a: GraphNode, b: GraphNode, limits: ProgramLimits): GraphNode | undefined => {
  const [first, second] = state.place.get(a)! < state.place.get(b)! ? [a, b] : [b, a];
  const wanted = [...first.outputs, ...second.outputs].filter(
    (value) =>
      state.returned.has(value) ||
      [...(state.readers.get(value) ?? [])].some((node) => node !== first && node !== second),
  );
  const part = joinParts([partOf(state.values, first), partOf(state.values, second)], wanted);
  if (part === undefined || !fits(part.program, limits)) return undefined;
  const dependent = between(state, first, second);
  if (dependent === undefined) return undefined;
  const joined = elementwiseNode(part.program, part.inputs, wanted);
  for (const value of wanted) state.values[value] = { ...state.values[value]!, shape: part.shape };
  replace(state, [first, second], joined, dependent);
  return joined;
};
