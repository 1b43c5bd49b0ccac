import { expect, test } from "vitest";
import { foldConstants } from "../../src/graph/passes/foldConstants.ts";
import { evaluate } from "./reference/evaluate.ts";
import { graphBuilder } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";

test("what is made of constants alone is a constant, through chains", () => {
  const g = graphBuilder();
  const x = g.input([2]);
  const negative = g.unary("Neg", g.constant([2], [1, 2]));
  const sum = g.binary("Add", negative, g.constant([], [10]));
  const graph = g.graph(g.binary("Add", x, sum), negative);
  const folded = foldConstants(graph, evaluate(graph));
  expect(opsOf(folded)).toEqual(["Add"]);
  expect(folded.constants.get(sum.value)).toEqual([9, 8]);
  expect(folded.outputs).toEqual(graph.outputs);
});

test("a kernel without inputs is a constant", () => {
  const g = graphBuilder();
  const zeros = g.node("Fill", {}, [2], { value: 0 });
  const folded = foldConstants(g.graph(zeros), () => [[0, 0]]);
  expect(folded.nodes).toEqual([]);
  expect(folded.constants.get(zeros.value)).toEqual([0, 0]);
});

test("what cannot be evaluated stays, and what is made of it", () => {
  const g = graphBuilder();
  const graph = g.graph(g.unary("Neg", g.unary("Sin", g.constant([1], [1]))));
  expect(opsOf(foldConstants(graph, () => undefined))).toEqual(["Sin", "Neg"]);
});
