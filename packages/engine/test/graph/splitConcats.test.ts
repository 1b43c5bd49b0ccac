import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Graph, Use } from "../../src/graph/graph.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { addConvolutions, type Summand } from "../../src/graph/passes/addConvolutions.ts";
import { splitConcats } from "../../src/graph/passes/splitConcats.ts";
import { concat, convolution, imageGraph, norm } from "./reference/arbitraryImages.ts";
import { expectSame } from "./reference/expectSame.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";
import { waves } from "./reference/waves.ts";

const optimised = (graph: Graph): Graph => optimise(graph, { scalarOf: scalarConstants(graph) });

/** A graph after all passes and this one, which must compute the same. */
const split = (graph: Graph): Graph => {
  const passed = splitConcats(optimised(graph));
  expectSame(passed, graph, waves(graph));
  return passed;
};

describe("what graphs of images compute stays what it is", () => {
  test.each<[string, (graph: Graph) => Graph]>([
    ["where concatenations are split", splitConcats],
    ["where convolutions are added after that", (graph) => addConvolutions(splitConcats(graph))],
    ["where convolutions have been added before", (graph) => splitConcats(addConvolutions(graph))],
  ])("%s", (_, pass) =>
    fc.assert(
      fc.property(imageGraph, ({ graph, inputs }) => expectSame(pass(optimised(graph)), graph, inputs)),
      { numRuns: 300 },
    ),
  );
});

const [a, b] = [
  [1, 4, 4, 2],
  [1, 4, 4, 4],
];

test("a skip connection that a convolution and a group normalisation read is not put together", () => {
  const g = graphBuilder();
  const [x, skip, bias] = [g.input(a!), g.input(b!), g.input([3])];
  const both = concat(g, x, skip);
  const passed = split(g.graph(norm(g, both, 3), g.unary("Relu", g.binary("Add", convolution(g, both, 3, 3), bias))));
  expect(opsOf(passed)).toEqual(["GroupNormOfParts", "ConvolutionSum then relu((x0 + x1))"]);
  const [ofParts, sum] = passed.nodes as [Graph["nodes"][number], Graph["nodes"][number]];
  expect(ofParts.inputs.slice(0, 2)).toEqual([x, skip]);
  expect(ofParts.names).toEqual(["x0", "x1", "gamma", "beta"]);
  expect((sum.attrs.summands as readonly Summand[]).map(({ from }) => from)).toEqual([0, 2]);
  expect(sum.inputs[1]).toEqual(sum.inputs[3]); // one filter, two ranges of its channels
  expect(sum.names).toEqual(["x0", "filter0", "x1", "filter1", "epilogue1"]);
});

test("a convolution that is added to another one has the parts beside the other's images", () => {
  const g = graphBuilder();
  const [x, skip, other] = [g.input(a!), g.input(b!), g.input(a!)];
  const sum = g.binary("Add", convolution(g, concat(g, x, skip), 1, 3), convolution(g, other, 3, 3));
  const passed = splitConcats(addConvolutions(optimised(g.graph(sum))));
  expect(opsOf(passed)).toEqual(["ConvolutionSum then x0"]);
  const froms = (passed.nodes[0]!.attrs.summands as readonly Summand[]).map(({ from }) => from);
  expect(froms.filter((from) => from === undefined)).toHaveLength(1);
  expect(froms.filter((from) => from !== undefined)).toEqual([0, 2]);
});

test("a normalisation may see rows of an image as one axis", () => {
  const g = graphBuilder();
  const both = concat(g, g.input(a!), g.input(b!));
  expect(opsOf(split(g.graph(norm(g, seenAs(both, [1, 16, 6]), 3))))).toEqual(["GroupNormOfParts"]);
});

test("nothing is split where a shader would see too many buffers", () => {
  const g = graphBuilder();
  const both = concat(g, g.input(a!), g.input(b!));
  const fused = optimised(g.graph(g.binary("Add", convolution(g, both, 3, 2), g.input([2]))));
  expect(opsOf(splitConcats(fused, 5))).toEqual(["ConvolutionSum then (x0 + x1)"]); // two images, filter, bias, result
  expect(splitConcats(fused, 4).nodes).toEqual(fused.nodes);
});

test("several concatenations are split, each for itself", () => {
  const g = graphBuilder();
  const [x, skip, next] = [g.input(a!), g.input(b!), g.input(b!)];
  const first = convolution(g, concat(g, x, skip), 3, 2);
  const second = convolution(g, concat(g, first, next), 3, 2);
  expect(opsOf(split(g.graph(second)))).toEqual(["ConvolutionSum", "ConvolutionSum"]);
});

test.each<[string, (g: GraphBuilder, both: Use, x: Use) => readonly Use[]]>([
  ["is returned", (g, both) => [both, convolution(g, both, 1, 2)]],
  ["goes into another kernel too", (g, both) => [g.unary("Relu", both), convolution(g, both, 1, 2)]],
  ["is also added to what a convolution makes of it", (g, both) => [g.binary("Add", convolution(g, both, 3, 6), both)]],
  [
    "a convolution sees with other axes",
    (g, both) => [convolution(g, seenAs(both, [1, 2, 8, 6]), 1, 2), norm(g, both, 3)],
  ],
  ["a normalisation sees with other channels", (g, both) => [norm(g, seenAs(both, [1, 4, 2, 12]), 3)]],
  ["is a filter", (g, both, x) => [g.node("Conv2D", { x: seenAs(x, [1, 4, 8, 1]), filter: seenAs(both, [4, 4, 1, 6]) }, [1, 4, 8, 6], { strides: 1, pad: "same" })]],
])("what %s stays together", (_, make) => {
  const g = graphBuilder();
  const [x, skip] = [g.input(a!), g.input(b!)];
  const graph = g.graph(...make(g, concat(g, x, skip), x));
  const before = optimised(graph);
  expect(opsOf(before)).toContain("Concat");
  expect(split(graph).nodes).toEqual(before.nodes);
}); // prettier-ignore

test.each<[string, (g: GraphBuilder) => Use]>([
  ["three parts", (g) => g.node("Concat", { 0: g.input(a!), 1: g.input(a!), 2: g.input(a!) }, [1, 4, 4, 6], { axis: 3 })],
  ["rows of images", (g) => g.node("Concat", { 0: g.input(a!), 1: g.input(a!) }, [1, 8, 4, 2], { axis: 1 })],
])("%s are put together", (_, make) => {
  const g = graphBuilder();
  expect(opsOf(split(g.graph(convolution(g, make(g), 3, 2))))).toEqual(["Concat", "Conv2D"]);
}); // prettier-ignore

test("an axis may be counted from the end", () => {
  const g = graphBuilder();
  const both = g.node("Concat", { 0: g.input(a!), 1: g.input(b!) }, [1, 4, 4, 6], { axis: -1 });
  expect(opsOf(split(g.graph(convolution(g, both, 3, 2))))).toEqual(["ConvolutionSum"]);
});
