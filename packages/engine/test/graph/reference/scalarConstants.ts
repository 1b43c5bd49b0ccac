import type { Graph } from "../../../src/graph/graph.ts";
import type { ScalarOf } from "../../../src/graph/passes/toElementwise.ts";

/** Looks up constants of size 1. */
export const scalarConstants =
  (graph: Graph): ScalarOf =>
  (value) => {
    const numbers = graph.constants.get(value) as readonly number[] | undefined;
    return numbers?.length === 1 ? numbers[0] : undefined;
  };
