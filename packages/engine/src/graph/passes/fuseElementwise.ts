import type { Graph, GraphNode } from "../graph.ts";
import { programOf } from "../programs/elementwiseNode.ts";
import type { ProgramLimits } from "../programs/fits.ts";
import { sizeOf } from "../shapes/sizeOf.ts";
import { joinNodes, startJoining, type Joining } from "./joinNodes.ts";
import { removeDead } from "./removeDead.ts";

/** How far fusion goes. */
export type FuseOptions = ProgramLimits & {
  /**
   * How many places apart nodes may be that are joined though the value between them is still written, or though they only
   * read the same; 16. Nodes far apart would keep values alive between them.
   */
  readonly near?: number;
};

const sizeOfNode = ({ values }: Joining, node: GraphNode): number => sizeOf(values[node.outputs[0]!]!.shape);

const readersIn = ({ readers }: Joining, value: number): ReadonlySet<GraphNode> => readers.get(value) ?? new Set();

/** Which nodes could be joined with a node, for one reason. */
type Candidates = (state: Joining, node: GraphNode, near: number) => readonly GraphNode[];

const isNear = ({ place }: Joining, a: GraphNode, b: GraphNode, near: number): boolean =>
  Math.abs(place.get(a)! - place.get(b)!) <= near;

const producers = ({ makers }: Joining, node: GraphNode): readonly GraphNode[] => [
  ...new Set(node.inputs.flatMap(({ value }) => makers.get(value) ?? [])),
];

/** Makers of what nobody else reads: joined, it is not written. */
const soleProducers: Candidates = (state, node) =>
  producers(state, node).filter((maker) =>
    maker.outputs.some((value) => {
      const readers = readersIn(state, value);
      return !state.returned.has(value) && readers.size === 1 && readers.has(node);
    }),
  );

/** Makers of what others read too: joined, it is not read once more. */
const nearProducers: Candidates = (state, node, near) =>
  producers(state, node).filter((maker) => isNear(state, maker, node, near));

/** Nodes that read the same value, of full size: joined, it is read once. */
const siblings: Candidates = (state, node, near) => [
  ...new Set(
    node.inputs
      .filter((use) => sizeOf(use.shape) === sizeOfNode(state, node))
      .flatMap(({ value }) => [...readersIn(state, value)])
      .filter((other) => other !== node && isNear(state, other, node, near)),
  ),
];

/** Joins whatever can be joined for one reason; true if something was. */
const sweep = (state: Joining, candidates: Candidates, { near = 16, ...limits }: FuseOptions): boolean => {
  let changed = false;
  for (let i = 0; i < state.nodes.length; i++) {
    let node = state.nodes[i];
    while (node !== undefined && programOf(node) !== undefined) {
      const target: GraphNode = node;
      let joined: GraphNode | undefined;
      for (const other of candidates(state, target, near)) {
        if (programOf(other) === undefined) continue;
        joined = joinNodes(state, other, target, limits);
        if (joined !== undefined) break;
      }
      changed ||= joined !== undefined;
      node = joined;
    }
  }
  return changed;
};

const once = (graph: Graph, options: FuseOptions): Graph | undefined => {
  const state = startJoining(graph);
  const reasons = [soleProducers, nearProducers, siblings];
  const changed = reasons.map((candidates) => sweep(state, candidates, options)).includes(true);
  return changed
    ? { ...graph, values: state.values, nodes: state.nodes.filter((node) => node !== undefined) }
    : undefined;
};

/**
 * Joins Elementwise nodes of one size into larger ones: makers with readers, and neighbours that read the same. What others
 * need stays an output. Nothing is joined that would have to run both before and after another node.
 */
export const fuseElementwise = (graph: Graph, options: FuseOptions = {}): Graph => {
  let fused = removeDead(graph);
  for (let next = once(fused, options); next !== undefined; next = once(fused, options)) fused = next;
  return fused;
};
