import { attrsKey } from "../attrsKey.ts";
import type { ElementProgram } from "../elementwise.ts";
import type { Graph, GraphNode, Use } from "../graph.ts";
import { programOf } from "../programs/elementwiseNode.ts";
import { readersOf, returnedBy } from "../readersOf.ts";
import { sizeOf } from "../shapes/sizeOf.ts";
import { removeDead } from "./removeDead.ts";

/** What is summed over all places: a program of one tensor. */
type Term = { readonly x: Use; readonly program: ElementProgram };

const nothing: ElementProgram = { inputs: 1, instructions: [], outputs: [0] };

/**
 * Sums of many sums, each over all places of a tensor or of a function of it, become one node (SumMany): the norm of a
 * gradient. The function is computed once more where others need it too.
 */
export const joinSums = (graph: Graph): Graph => {
  const readers = readersOf(graph.nodes);
  const returned = returnedBy(graph);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  /** What a term sums; one number is its own sum. */
  const termOf = (use: Use): Term | undefined => {
    if (sizeOf(use.shape) !== 1) return undefined;
    const sum = makers.get(use.value);
    const isSum = sum?.op === "Sum" && readers.get(use.value)!.size === 1 && !returned.has(use.value);
    const x = isSum ? sum.inputs[0]! : use;
    const maker = makers.get(x.value);
    const program = maker && programOf(maker);
    if (program?.inputs !== 1 || program.outputs.length !== 1) return { x, program: nothing };
    const [from] = maker!.inputs as [Use];
    return sizeOf(from.shape) === sizeOf(x.shape) ? { x: from, program } : { x, program: nothing };
  };
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.op !== "AddN") return node;
    const terms = node.inputs.map(termOf).filter((term) => term !== undefined);
    const program = terms[0]?.program;
    const isAlike = terms.every((term) => attrsKey(term.program) === attrsKey(program));
    if (program === undefined || terms.length < node.inputs.length || !isAlike) return node;
    const inputs = terms.map(({ x }) => x);
    return { op: "SumMany", inputs, names: inputs.map((_, i) => String(i)), attrs: { program }, outputs: node.outputs };
  });
  return removeDead({ ...graph, nodes });
};
