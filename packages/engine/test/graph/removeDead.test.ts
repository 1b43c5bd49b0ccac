import { expect, test } from "vitest";
import { removeDead } from "../../src/graph/passes/removeDead.ts";
import { graphBuilder } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";

test("nodes that no output needs are gone, with what only they needed; inputs stay", () => {
  const g = graphBuilder();
  const [x, y] = [g.input([2]), g.input([2])];
  const c = g.constant([2], [1, 2]);
  g.unary("Neg", g.binary("Add", y, c));
  const alive = removeDead(g.graph(g.unary("Sin", x), x));
  expect(opsOf(alive)).toEqual(["Sin"]);
  expect([...alive.constants.keys()]).toEqual([]);
  expect(alive.inputs).toEqual([x.value, y.value]);
});

test("a node is alive if one of its outputs is", () => {
  const graph = {
    values: Array.from({ length: 3 }, () => ({ shape: [2], dtype: "float32" as const })),
    inputs: [0],
    constants: new Map(),
    nodes: [{ op: "Two", inputs: [{ value: 0, shape: [2] }], names: ["x"], attrs: {}, outputs: [1, 2] }],
    outputs: [{ value: 2, shape: [2] }],
  };
  expect(removeDead(graph)).toBe(graph);
});
