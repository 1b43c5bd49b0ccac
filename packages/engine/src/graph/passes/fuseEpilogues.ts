import type { Graph, GraphNode } from "../graph.ts";
import { partOf } from "../programs/elementwiseNode.ts";
import { epilogueOf, rawResult, withEpilogue } from "../programs/epilogue.ts";
import { fits, type ProgramLimits } from "../programs/fits.ts";
import { joinParts } from "../programs/joinParts.ts";
import { startJoining, type Joining } from "./joinNodes.ts";
import { removeDead } from "./removeDead.ts";
import { tailsOf } from "./tailsOf.ts";

/** Kernels that can run a program on each number before they write it. */
export const takeEpilogues: ReadonlySet<string> = new Set(["Conv2D", "Conv2DBackpropInput", "BatchMatMul"]);

/** A kernel with an epilogue, and the nodes that became it. */
type Fused = {
  readonly node: GraphNode;
  readonly tail: readonly GraphNode[];
};

/** The kernel with the longest tail that fits. */
const withLongestTail = (kernel: GraphNode, state: Joining, limits: ProgramLimits): Fused | undefined => {
  const { shape } = state.values[kernel.outputs[0]!]!;
  const epilogue = epilogueOf(kernel, shape);
  const longest = limits.instructions ?? 40;
  let best: Fused | undefined;
  for (const { nodes, result } of tailsOf(kernel, state)) {
    if (nodes.length > longest) break;
    const joined = joinParts([epilogue, ...nodes.map((node) => partOf(state.values, node))], [result], shape);
    if (joined !== undefined && joined.inputs[0]?.value === rawResult && fits(joined.program, limits))
      best = { node: withEpilogue(kernel, joined), tail: nodes };
  }
  return best;
};

/** Puts a kernel with its epilogue where the last node of its tail was: there all inputs are made. */
const replace = ({ values, nodes, place, readers }: Joining, kernel: GraphNode, { node, tail }: Fused): void => {
  const gone = [kernel, ...tail];
  const at = Math.max(...gone.map((part) => place.get(part)!));
  for (const part of gone) {
    nodes[place.get(part)!] = undefined;
    place.delete(part);
    for (const { value } of part.inputs) readers.get(value)!.delete(part);
  }
  nodes[at] = node;
  place.set(node, at);
  for (const { value } of node.inputs) readers.get(value)!.add(node);
  const [result] = node.outputs as [number];
  values[result] = { ...values[result]!, shape: values[kernel.outputs[0]!]!.shape };
};

/**
 * Lets convolutions and matrix products finish what they compute before they write it: elementwise nodes that follow,
 * up to the first value that others need too, become the node's `epilogue`, a program whose input 0 is the kernel's result.
 * Its other inputs follow the kernel's, named "epilogue1" and so on, with shapes that broadcast to the output's.
 * Programs that follow an elementwise node with two kernels before it go to the later one.
 */
export const fuseEpilogues = (graph: Graph, limits: ProgramLimits = {}): Graph => {
  const live = removeDead(graph);
  const state = startJoining(live);
  for (const kernel of live.nodes.toReversed()) {
    if (!takeEpilogues.has(kernel.op) || kernel.outputs.length !== 1) continue;
    const fused = withLongestTail(kernel, state, limits);
    if (fused !== undefined) replace(state, kernel, fused);
  }
  return { ...live, values: state.values, nodes: state.nodes.filter((node) => node !== undefined) };
};
