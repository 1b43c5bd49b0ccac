import type { GraphNode } from "../graph.ts";
import { programOf } from "../programs/elementwiseNode.ts";
import { reexpress } from "../shapes/reexpress.ts";
import { sizeOf } from "../shapes/sizeOf.ts";
import type { Joining } from "./joinNodes.ts";

/** Elementwise nodes that follow a kernel. */
export type Tail = {
  /** In their order. */
  readonly nodes: readonly GraphNode[];
  /** The one value of theirs and the kernel's that others need. */
  readonly result: number;
};

/**
 * All tails of a kernel, from short to long. A tail of which others need one value only cannot lead out and in again: what
 * leads out is that value, and nothing in the tail can follow it, for then others would need a second one. So too, a tail
 * ends with the first value that something needs which cannot be in it.
 */
export function* tailsOf(kernel: GraphNode, { values, place, readers, returned }: Joining): Generator<Tail> {
  const { shape } = values[kernel.outputs[0]!]!;
  const [nodes, waiting, made] = [new Set<GraphNode>(), new Set<GraphNode>(), new Set<number>()];
  const readersIn = (value: number): readonly GraphNode[] => [...(readers.get(value) ?? [])];
  const canJoin = (node: GraphNode): boolean => {
    if (programOf(node) === undefined) return false;
    const output = values[node.outputs[0]!]!.shape;
    if (sizeOf(output) !== sizeOf(shape)) return false;
    return node.inputs.every((use) => reexpress(use.shape, output, shape) !== undefined);
  };
  /** Takes note of what reads a new value; false if something needs it that cannot be in the tail. */
  const make = (value: number): boolean => {
    made.add(value);
    const reading = readersIn(value);
    for (const node of reading) waiting.add(node);
    return !returned.has(value) && reading.every(canJoin);
  };
  const isNeeded = (value: number): boolean => returned.has(value) || readersIn(value).some((node) => !nodes.has(node));
  let open = kernel.outputs.map(make).every(Boolean);
  while (open && waiting.size > 0) {
    const next = [...waiting].reduce((a, b) => (place.get(b)! < place.get(a)! ? b : a));
    waiting.delete(next);
    nodes.add(next);
    open = next.outputs.map(make).every(Boolean);
    const needed = [...made].filter(isNeeded);
    if (needed.length === 1) yield { nodes: [...nodes], result: needed[0]! };
  }
}
