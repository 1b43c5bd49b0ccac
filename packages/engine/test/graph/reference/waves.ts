import type { Graph } from "../../../src/graph/graph.ts";
import { sizeOf } from "../../../src/graph/shapes/sizeOf.ts";
import type { Numbers } from "./kernels.ts";

/** Numbers within 1 of `mean` for each input of a graph. */
export const waves = (graph: Graph, mean: number = 0): Numbers[] =>
  graph.inputs.map((value, i) =>
    Array.from({ length: sizeOf(graph.values[value]!.shape) }, (_, j) => mean + Math.sin(j * 1.7 + i)),
  );
