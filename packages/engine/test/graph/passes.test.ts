import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attrsKey } from "../../src/graph/attrsKey.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { absorbTransposes } from "../../src/graph/passes/absorbTransposes.ts";
import { foldConstants } from "../../src/graph/passes/foldConstants.ts";
import { fuseElementwise } from "../../src/graph/passes/fuseElementwise.ts";
import { fuseEpilogues } from "../../src/graph/passes/fuseEpilogues.ts";
import { removeCommon } from "../../src/graph/passes/removeCommon.ts";
import { removeDead } from "../../src/graph/passes/removeDead.ts";
import { removeMoves } from "../../src/graph/passes/removeMoves.ts";
import { simplifyPrograms } from "../../src/graph/passes/simplifyPrograms.ts";
import { toElementwise } from "../../src/graph/passes/toElementwise.ts";
import { anyGraph, elementwiseGraph } from "./reference/arbitraryGraph.ts";
import { assertValid } from "./reference/assertValid.ts";
import { evaluate } from "./reference/evaluate.ts";
import { interpret } from "./reference/interpret.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";

type Pass = (graph: Graph) => Graph;

const single = (graph: Graph): Graph => toElementwise(graph, scalarConstants(graph));
const elementwise =
  (pass: Pass): Pass =>
  (graph) =>
    pass(single(graph));

/** In float64 without fma every pass must give the same bits: it computes the same expressions. */
const passes: Readonly<Record<string, Pass>> = {
  removeDead,
  removeCommon,
  removeMoves,
  absorbTransposes,
  foldConstants: (graph) => foldConstants(graph, evaluate(graph)),
  toElementwise: single,
  fuseElementwise: elementwise(fuseElementwise),
  fuseEpilogues: elementwise(fuseEpilogues),
  "fuseElementwise after fuseEpilogues": elementwise((graph) => fuseElementwise(fuseEpilogues(graph))),
  "fuseEpilogues after fuseElementwise": elementwise((graph) => fuseEpilogues(fuseElementwise(graph))),
  "fuseElementwise within tight limits": elementwise((graph) =>
    fuseElementwise(graph, { inputs: 3, outputs: 2, instructions: 5, registers: 3 }),
  ),
  simplifyPrograms: elementwise((graph) => simplifyPrograms(fuseElementwise(graph))),
  "optimise without fusion": (graph) => optimise(graph, { fusion: false, scalarOf: scalarConstants(graph) }),
};

/** It may find more the second time, when patterns in programs made others equal. */
const whole: Readonly<Record<string, Pass>> = {
  optimise: (graph) => optimise(graph, { evaluate: evaluate(graph), scalarOf: scalarConstants(graph) }),
};

describe.each(Object.entries({ ...passes, ...whole }))("%s", (_, pass) => {
  test.each([
    ["any graph", anyGraph],
    ["elementwise graphs", elementwiseGraph],
  ])("keeps the outputs of %s, bit for bit", (_, graphs) =>
    fc.assert(
      fc.property(graphs, ({ graph, inputs }) => {
        const passed = pass(graph);
        assertValid(passed);
        expect(passed.inputs).toEqual(graph.inputs);
        expect(interpret(passed, inputs)).toEqual(interpret(graph, inputs));
      }),
      { numRuns: 300 },
    ),
  );
});

describe.each(Object.entries(passes))("%s", (_, pass) => {
  test("does nothing more the second time", () =>
    fc.assert(
      fc.property(anyGraph, ({ graph }) => {
        const passed = pass(graph);
        expect(attrsKey([pass(passed).nodes, pass(passed).outputs])).toBe(attrsKey([passed.nodes, passed.outputs]));
      }),
      { numRuns: 200 },
    ));
});
