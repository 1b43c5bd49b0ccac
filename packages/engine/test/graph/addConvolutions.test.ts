import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph, Use } from "../../src/graph/graph.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { addConvolutions, type Summand } from "../../src/graph/passes/addConvolutions.ts";
import { convolution, imageGraph } from "./reference/arbitraryImages.ts";
import { expectSame } from "./reference/expectSame.ts";
import { graphBuilder, type GraphBuilder } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";
import { waves } from "./reference/waves.ts";

const shape = [1, 4, 4, 2];

/** The operations of a graph after all passes and this one, which must compute the same. */
const added = (graph: Graph): Graph => {
  const fused = optimise(graph, { scalarOf: scalarConstants(graph) });
  const passed = addConvolutions(fused);
  expectSame(passed, graph, waves(graph));
  return passed;
};
const opsAfter = (make: (g: GraphBuilder, x: Use, y: Use) => readonly Use[]): readonly string[] => {
  const g = graphBuilder();
  return opsOf(added(g.graph(...make(g, g.input(shape), g.input(shape)))));
};

test("what graphs of images compute stays what it is", () =>
  fc.assert(
    fc.property(imageGraph, ({ graph, inputs }) => {
      const fused = optimise(graph, { scalarOf: scalarConstants(graph) });
      expectSame(addConvolutions(fused), graph, inputs);
    }),
    { numRuns: 500 },
  ));

test("the two branches of a residual block are one sum, with what follows both", () => {
  const g = graphBuilder();
  const [x, bias] = [g.input(shape), g.input([4])];
  const branch = convolution(g, g.unary("Relu", convolution(g, x, 3, 2)), 3, 4);
  const sum = g.binary("Add", g.binary("Add", branch, convolution(g, x, 1, 4)), bias);
  const passed = added(g.graph(g.unary("Tanh", sum)));
  expect(opsOf(passed)).toEqual(["Conv2D then relu(x0)", "ConvolutionSum then tanh((x0 + x1))"]);
  const [, { names, attrs, inputs }] = passed.nodes as [unknown, Graph["nodes"][number]];
  expect(names).toEqual(["x0", "filter0", "x1", "filter1", "epilogue1"]);
  expect((attrs.summands as readonly Summand[]).length).toBe(2);
  expect(inputs[4]!.value).toBe(bias.value);
});

test("each convolution keeps its own settings: strides on one side, none on the other", () => {
  const g = graphBuilder();
  const [large, small] = [g.input([1, 8, 8, 2]), g.input(shape)];
  const sum = g.binary("Add", convolution(g, large, 3, 3, 2), convolution(g, small, 3, 3));
  const passed = added(g.graph(sum));
  expect(opsOf(passed)).toEqual(["ConvolutionSum then x0"]);
  const settings = (passed.nodes[0]!.attrs.summands as readonly Summand[]).map(({ attrs }) => attrs.strides);
  expect(new Set(settings.map(String))).toEqual(new Set(["2,2", "1,1"]));
});

test("convolutions are not added where a shader would see too many buffers", () => {
  const g = graphBuilder();
  const [x, bias] = [g.input(shape), g.input([2])];
  const branches = g.binary("Add", convolution(g, x, 3, 2), convolution(g, x, 1, 2));
  const fused = optimise(g.graph(g.binary("Add", branches, bias)));
  expect(opsOf(addConvolutions(fused, 5))).toEqual(["ConvolutionSum then (x0 + x1)"]); // x, two filters, bias, result
  expect(addConvolutions(fused, 4)).toEqual(fused);
});

test.each<[string, (g: GraphBuilder, x: Use, y: Use) => readonly Use[]]>([
  [
    "a convolution that is returned",
    (g, x, y) => {
      const one = convolution(g, x, 1, 2);
      return [g.binary("Add", one, convolution(g, y, 3, 2)), one];
    },
  ],
  [
    "one that another node reads too",
    (g, x, y) => {
      const one = convolution(g, x, 1, 2);
      return [g.node("Sum", { x: one }, [1, 4, 4], { axis: [3] }), g.binary("Add", one, convolution(g, y, 3, 2))];
    },
  ],
  [
    "one that the other one reads as its images too",
    (g, x) => {
      const one = convolution(g, x, 1, 2);
      return [g.binary("Add", one, convolution(g, one, 3, 2))];
    },
  ],
  [
    "a term that counts twice",
    (g, x, y) => {
      const one = convolution(g, x, 1, 2);
      return [g.binary("Add", g.binary("Add", convolution(g, y, 3, 2), one), one)];
    },
  ],
  [
    "a term that is scaled",
    (g, x, y) => {
      const half = g.binary("Multiply", convolution(g, x, 1, 2), g.constant([], [0.5]));
      return [g.binary("Add", convolution(g, y, 3, 2), half)];
    },
  ],
  ["a term that is subtracted", (g, x, y) => [g.binary("Sub", convolution(g, y, 3, 2), convolution(g, x, 1, 2))]],
  ["a factor", (g, x, y) => [g.binary("Multiply", convolution(g, y, 3, 2), convolution(g, x, 1, 2))]],
  [
    "a term that is added after something else was done",
    (g, x, y) => {
      const activated = g.unary("Relu", convolution(g, y, 3, 2));
      return [g.binary("Add", activated, convolution(g, x, 1, 2))];
    },
  ],
  [
    "a term beside which the other one counts twice",
    (g, x, y) => {
      const two = convolution(g, y, 3, 2);
      return [g.binary("Multiply", g.binary("Add", two, convolution(g, x, 1, 2)), two)];
    },
  ],
  [
    "a term that has to be repeated to fit",
    (g, x) => {
      const narrow = convolution(g, x, 1, 1);
      return [g.binary("Add", convolution(g, x, 3, 2), narrow)];
    },
  ],
])("%s stays a node of its own", (_, make) => {
  const ops = opsAfter(make);
  expect(ops.filter((op) => op.startsWith("Conv2D"))).toHaveLength(2);
  expect(ops.filter((op) => op.startsWith("ConvolutionSum"))).toEqual([]);
});
