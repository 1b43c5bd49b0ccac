import { attrsKey } from "../attrsKey.ts";
import type { Graph, GraphNode } from "../graph.ts";
import { redirect } from "../redirect.ts";

/** Options of removeCommon. */
export type RemoveCommonOptions = {
  /** Names of kernels that may give something else each time; none. */
  readonly impure?: ReadonlySet<string>;
};

/**
 * Computes once what several nodes compute: same kernel, same settings, same inputs seen with the same shapes. The first
 * one stays.
 */
export const removeCommon = (graph: Graph, { impure = new Set() }: RemoveCommonOptions = {}): Graph => {
  const first = new Map<string, GraphNode>();
  const replacements = new Map<number, number>();
  const nodes = graph.nodes.filter((node) => {
    if (impure.has(node.op)) return true;
    const inputs = node.inputs.map(({ value, shape }) => [replacements.get(value) ?? value, shape]);
    const made = node.outputs.map((value) => graph.values[value]!);
    const key = attrsKey([node.op, inputs, node.names, node.attrs, made]);
    const same = first.get(key);
    if (same === undefined) first.set(key, node);
    else node.outputs.forEach((value, i) => replacements.set(value, same.outputs[i]!));
    return same === undefined;
  });
  return redirect({ ...graph, nodes }, replacements);
};
