import type { ElementProgram } from "../../../src/graph/elementwise.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import { showProgram } from "../../../src/graph/programs/showProgram.ts";

/** What a graph's nodes are: names of kernels, programs of Elementwise nodes, and "then" epilogues. */
export const opsOf = (graph: Graph): readonly string[] =>
  graph.nodes.map(({ op, attrs }) => {
    if (op === "Elementwise") return showProgram(attrs.program as ElementProgram);
    return attrs.epilogue === undefined ? op : `${op} then ${showProgram(attrs.epilogue as ElementProgram)}`;
  });
