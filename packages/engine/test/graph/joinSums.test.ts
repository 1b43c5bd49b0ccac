import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph, Shape, Use } from "../../src/graph/graph.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { mostInputs } from "../../src/graph/passes/elementwiseKernels.ts";
import { joinSums } from "../../src/graph/passes/joinSums.ts";
import { leavesGraph } from "./reference/arbitraryLeaves.ts";
import { expectSame } from "./reference/expectSame.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { counted, only } from "./reference/nodes.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";
import { waves } from "./reference/waves.ts";

/** A graph after all passes and this one among them, which must compute the same. */
const joined = (graph: Graph): Graph => {
  const passed = optimise(graph, { scalarOf: scalarConstants(graph), prepare: joinSums });
  expectSame(passed, graph, waves(graph, 1.5));
  return passed;
};

test("what graphs compute stays what it is", () =>
  fc.assert(
    fc.property(leavesGraph, ({ graph, inputs }) => {
      const passed = optimise(graph, { scalarOf: scalarConstants(graph), prepare: joinSums });
      expectSame(passed, graph, inputs);
    }),
    { numRuns: 300 },
  ));

const total = (g: GraphBuilder, x: Use): Use =>
  g.node("Sum", { x }, [], { axis: x.shape.map((_, i) => i), keepDims: false });
const added = (g: GraphBuilder, terms: readonly Use[]): Use =>
  g.node("AddN", Object.fromEntries(terms.map((term, i) => [String(i), term])), terms[0]!.shape);
/** More than one program adds. */
const shapes = Array.from({ length: mostInputs + 2 }, (_, i): Shape => [[3, 4], [1 + i], [2, 2, 2]][i % 3]!);

test("the sum of many sums is the norm of a gradient: squares of all leaves", () => {
  const g = graphBuilder();
  const squares = shapes.map((shape) => total(g, g.unary("Square", g.input(shape))));
  const passed = joined(g.graph(g.node("Sqrt", { x: added(g, squares) }, [])));
  expect(counted(passed)).toEqual({ SumMany: 1, Elementwise: 1 });
  expect(only(passed, "SumMany").inputs.map(({ shape }) => shape)).toEqual(shapes);
});

test("it may be of one tensor twice, and of functions of tensors that others read too: those are computed once more", () => {
  const g = graphBuilder();
  const leaves = shapes.map((shape) => g.input(shape));
  const [twice, ...rest] = leaves.map((leaf) => g.unary("Tanh", leaf));
  const sums = [twice!, twice!, ...rest].map((x) => total(g, x));
  const passed = joined(g.graph(added(g, sums), twice!, ...rest));
  const { inputs } = only(passed, "SumMany");
  expect(inputs.map(({ value }) => value)).toEqual([leaves[0]!, ...leaves].map(({ value }) => value));
  expect(counted(passed)).toEqual({ SumMany: 1, Elementwise: shapes.length });
});

test("it may be of tensors as they are", () => {
  const g = graphBuilder();
  const leaves = shapes.map((shape) => g.input(shape));
  const passed = joined(g.graph(added(g, leaves.map((leaf) => total(g, leaf))))); // prettier-ignore
  expect(counted(passed)).toEqual({ SumMany: 1 });
});

test("one number is its own sum, of a function too", () => {
  const g = graphBuilder();
  const [one, ...leaves] = [g.input([1]), ...shapes.map((shape) => g.input(shape))];
  const squares = leaves.map((leaf) => total(g, g.unary("Square", leaf)));
  const passed = joined(g.graph(added(g, [seenAs(g.unary("Square", one!), []), ...squares])));
  expect(counted(passed)).toEqual({ SumMany: 1 });
});

test("a sum that is returned, or that others read, stays, and is added as it is", () => {
  const g = graphBuilder();
  const leaves = shapes.map((shape) => g.input(shape));
  const [first, second, ...sums] = leaves.map((leaf) => total(g, leaf));
  const passed = joined(g.graph(added(g, [first!, second!, ...sums]), first!, g.unary("Sin", second!)));
  const terms = [first!, second!, ...leaves.slice(2)];
  expect(only(passed, "SumMany").inputs.map(({ value }) => value)).toEqual(terms.map(({ value }) => value));
  expect(counted(passed)).toEqual({ SumMany: 1, Sum: 2, Elementwise: 1 });
});

test.each<[string, (g: GraphBuilder, x: Use, sums: readonly Use[]) => readonly Use[]]>([
  ["a function that others have not", (g, x, sums) => [added(g, [total(g, g.unary("Tanh", x)), ...sums])]],
  [
    "a sum of some axes",
    (g) => [
      added(
        g,
        shapes.map(() => g.node("Sum", { x: g.input([3, 4]) }, [4], { axis: [0] })),
      ),
    ],
  ],
])("there is none where there is %s", (_, make) => {
  const g = graphBuilder();
  const sums = shapes.map((shape) => total(g, g.input(shape)));
  expect(counted(joined(g.graph(...make(g, g.input([1]), sums))))["SumMany"]).toBeUndefined();
});
