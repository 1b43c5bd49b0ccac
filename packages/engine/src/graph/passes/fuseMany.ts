import { attrsKey } from "../attrsKey.ts";
import type { Graph, GraphNode, Use } from "../graph.ts";
import { ownInputs } from "../programs/epilogue.ts";
import { programOf } from "../programs/elementwiseNode.ts";
import { readersOf, returnedBy } from "../readersOf.ts";
import { sizeOf } from "../shapes/sizeOf.ts";
import { reorder } from "./reorder.ts";

/** How many nodes away from the inputs each node is. */
const fromInputs = ({ nodes }: Graph): ReadonlyMap<GraphNode, number> => {
  const levels = new Map<GraphNode, number>();
  const made = new Map<number, number>();
  for (const node of nodes) {
    const level = 1 + Math.max(-1, ...node.inputs.map(({ value }) => made.get(value) ?? -1));
    levels.set(node, level);
    for (const value of node.outputs) made.set(value, level);
  }
  return levels;
};

/** How many nodes away from the last ones each node is. */
const fromOutputs = ({ nodes }: Graph): ReadonlyMap<GraphNode, number> => {
  const readers = readersOf(nodes);
  const levels = new Map<GraphNode, number>();
  for (const node of nodes.toReversed()) {
    const after = node.outputs.flatMap((value) => [...(readers.get(value) ?? [])]);
    levels.set(node, 1 + Math.max(-1, ...after.map((reader) => levels.get(reader)!)));
  }
  return levels;
};

/** A text that is equal for nodes of which one could do the work of all; undefined of those that are left alone. */
type Alike = (node: GraphNode, level: number) => string | undefined;

/** One node for several. */
type Join = (nodes: readonly GraphNode[]) => GraphNode;

/** Joins all that are alike. Nodes of one level do not need each other, so that any of them can wait for the last. */
const joinAlike = (graph: Graph, levels: ReadonlyMap<GraphNode, number>, alike: Alike, join: Join): Graph => {
  const sets = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    const key = alike(node, levels.get(node)!);
    if (key !== undefined) sets.set(key, [...(sets.get(key) ?? []), node]);
  }
  const several = [...sets.values()].filter((set) => set.length > 1);
  if (several.length === 0) return graph;
  const joined = new Map(several.map((set) => [set.at(-1)!, join(set)] as const));
  const gone = new Set(several.flatMap((set) => set.slice(0, -1)));
  return reorder({
    ...graph,
    nodes: graph.nodes.filter((node) => !gone.has(node)).map((node) => joined.get(node) ?? node),
  });
};

const sizeOfNode = ({ values }: Graph, { outputs }: GraphNode): number => sizeOf(values[outputs[0]!]!.shape);

/** Which inputs of an elementwise node are one number for all places; undefined if some are neither that nor of full size. */
const scalarsOf = (graph: Graph, node: GraphNode): readonly boolean[] | undefined => {
  const size = sizeOfNode(graph, node);
  const sizes = node.inputs.map(({ shape }) => sizeOf(shape));
  return size > 0 && sizes.every((n) => n === size || n === 1) ? sizes.map((n) => n !== size) : undefined;
};

/** Elementwise nodes of one program on tensors of different sizes. */
const joinElementwise = (
  graph: Graph,
  levels: ReadonlyMap<GraphNode, number>,
  wanted: (node: GraphNode) => boolean,
): Graph =>
  joinAlike(
    graph,
    levels,
    (node, level) => {
      const program = programOf(node);
      const scalar = program && scalarsOf(graph, node);
      return scalar !== undefined && wanted(node) ? attrsKey({ program, scalar, level }) : undefined;
    },
    (nodes) => ({
      op: "ElementwiseMany",
      inputs: nodes.flatMap(({ inputs }) => inputs),
      names: nodes.flatMap(({ inputs }, i) => inputs.map((_, j) => `${i}.${j}`)),
      attrs: { program: programOf(nodes[0]!), scalar: scalarsOf(graph, nodes[0]!) },
      outputs: nodes.flatMap(({ outputs }) => outputs),
    }),
  );

/** Numbers of outputs that may lie about longer than they had to. */
const small = 2 ** 16;

/** Products of one matrix of few rows, each followed by the same program of rows. */
const joinDense = (graph: Graph, fits: (a: readonly number[]) => boolean): Graph =>
  joinAlike(
    graph,
    fromInputs(graph),
    (node, level) => {
      if (node.op !== "BatchMatMul" || node.attrs.transposeA || node.attrs.transposeB) return undefined;
      const [a, b] = node.inputs as [Use, Use];
      const n = b.shape.at(-1)!;
      const rows = node.inputs.slice(ownInputs(node)).every(({ shape }) => sizeOf(shape) === n && shape.at(-1) === n);
      if (a.shape.length !== 2 || b.shape.length !== 2 || !rows || !fits(a.shape)) return undefined;
      return attrsKey({ a: a.value, shape: a.shape, epilogue: node.attrs.epilogue, level });
    },
    (nodes) => ({
      op: "DenseMany",
      inputs: [nodes[0]!.inputs[0]!, ...nodes.flatMap(({ inputs }) => inputs.slice(1))],
      names: ["a", ...nodes.flatMap(({ names }, i) => names.slice(1).map((name) => `${name} ${i}`))],
      attrs: { epilogue: nodes[0]!.attrs.epilogue, widths: nodes.map(({ inputs }) => inputs[1]!.shape.at(-1)!) },
      outputs: nodes.flatMap(({ outputs }) => outputs),
    }),
  );

/**
 * Joins nodes that do the same to many tensors of different sizes into one, for backends on which every kernel has its
 * price: the optimizer's update of all parameters (ElementwiseMany), and what all blocks of a network make of the embedding of
 * t (DenseMany). All members' tensors must be in few buffers, where the executor puts them.
 * @param fitsDense whether DenseMany does for a matrix of this shape on the left
 */
export const fuseMany = (graph: Graph, fitsDense: (a: readonly number[]) => boolean): Graph => {
  const returned = returnedBy(graph);
  const dense = joinDense(graph, fitsDense);
  const early = joinElementwise(dense, fromInputs(dense), (node) => sizeOfNode(dense, node) <= small);
  return joinElementwise(early, fromOutputs(early), ({ outputs }) => outputs.some((value) => returned.has(value)));
};
