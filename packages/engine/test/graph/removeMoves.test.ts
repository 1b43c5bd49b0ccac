import { expect, test } from "vitest";
import type { Attrs, Shape } from "../../src/graph/graph.ts";
import { removeMoves } from "../../src/graph/passes/removeMoves.ts";
import { graphBuilder, seenAs } from "./reference/graphBuilder.ts";

const still: readonly [op: string, from: Shape, to: Shape, attrs: Attrs][] = [
  ["Cast", [2, 3], [2, 3], { dtype: "float32" }],
  ["Tile", [2, 3], [2, 3], { reps: [1, 1] }],
  ["Slice", [2, 3], [2, 3], { begin: [0, 0], size: [-1, -1] }],
  ["PadV2", [2, 3], [2, 3], { paddings: [[0, 0], [0, 0]], constantValue: 0 }], // prettier-ignore
  ["Concat", [2, 3], [2, 3], { axis: 0 }],
  ["AddN", [2, 3], [2, 3], {}],
  ["Sum", [2, 1, 3], [2, 3], { axis: [1], keepDims: false }],
  ["Mean", [2, 1, 3], [2, 1, 3], { axis: 1, keepDims: true }],
  ["Transpose", [2, 3], [2, 3], { perm: [0, 1] }],
  ["Transpose", [2, 1, 3, 1], [1, 2, 3, 1], { perm: [1, 0, 2, 3] }],
];

test.each(still)("%s of %j to %j with %j is only seen with another shape", (op, from, to, attrs) => {
  const g = graphBuilder();
  const x = g.input(from);
  const made = g.node(op, { x }, to, attrs);
  const removed = removeMoves(g.graph(g.unary("Neg", made), made));
  expect(removed.nodes.map(({ op, inputs }) => [op, inputs])).toEqual([["Neg", [seenAs(x, to)]]]);
  expect(removed.outputs[1]).toEqual(seenAs(x, to));
});

const moving: readonly [op: string, from: Shape, to: Shape, attrs: Attrs][] = [
  ["Tile", [2, 3], [4, 3], { reps: [2, 1] }],
  ["Slice", [2, 3], [1, 3], { begin: [0, 0], size: [1, 3] }],
  ["Sum", [2, 3], [2], { axis: [1] }],
  ["Transpose", [2, 3], [3, 2], { perm: [1, 0] }],
  ["Transpose", [2, 1, 3], [3, 1, 2], { perm: [2, 1, 0] }],
  ["Reverse", [2, 3], [2, 3], { dims: [0] }],
];

test.each(moving)("%s of %j to %j with %j stays", (op, from, to, attrs) => {
  const g = graphBuilder();
  const graph = g.graph(g.node(op, { x: g.input(from) }, to, attrs));
  expect(removeMoves(graph)).toEqual(graph);
});

test("a Cast to another type stays", () => {
  const g = graphBuilder();
  const graph = g.graph(g.node("Cast", { x: g.input([2], "int32") }, [2], { dtype: "float32" }));
  expect(removeMoves(graph)).toEqual(graph);
});

test("Concat of one with nothing, and chains of kernels that move nothing, are seen through", () => {
  const g = graphBuilder();
  const [x, none] = [g.input([2, 3]), g.input([0, 3])];
  const one = g.node("Concat", { 0: none, 1: x }, [2, 3], { axis: 0 });
  const two = g.node("Tile", { x: seenAs(one, [6]) }, [6], { reps: [1] });
  const removed = removeMoves(g.graph(two));
  expect(removed.nodes).toEqual([]);
  expect(removed.outputs).toEqual([seenAs(x, [6])]);
});
