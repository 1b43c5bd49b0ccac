import { expect, test } from "vitest";
import type { Graph, Use } from "../../src/graph/graph.ts";
import { fuseElementwise } from "../../src/graph/passes/fuseElementwise.ts";
import { fuseEpilogues } from "../../src/graph/passes/fuseEpilogues.ts";
import { toElementwise } from "../../src/graph/passes/toElementwise.ts";
import type { ProgramLimits } from "../../src/graph/programs/fits.ts";
import { assertValid } from "./reference/assertValid.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";

const fuse = (graph: Graph, limits?: ProgramLimits): Graph => {
  const fused = fuseEpilogues(toElementwise(graph), limits);
  assertValid(fused);
  return fused;
};

const shape = [2, 4, 4, 3];

const conv = (g: GraphBuilder, x: Use): Use =>
  g.node("Conv2D", { x, filter: g.constant([1, 1, 3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]) }, shape);

const silu = (g: GraphBuilder, x: Use): Use => g.binary("Multiply", x, g.unary("Sigmoid", x));

test("bias, time embedding, residual and SiLU all belong to the convolution", () => {
  const g = graphBuilder();
  const [x, bias, time] = [g.input(shape), g.input([3]), g.input([2, 3])];
  const sum = g.binary("Add", g.binary("Add", conv(g, x), bias), seenAs(time, [2, 1, 1, 3]));
  const fused = fuse(g.graph(silu(g, g.binary("Add", sum, x))));
  expect(opsOf(fused)).toEqual(["Conv2D then t0 = (((x0 + x1) + x2) + x3); (t0 * sigmoid(t0))"]);
  const [node] = fused.nodes;
  expect(node!.names).toEqual(["x", "filter", "epilogue1", "epilogue2", "epilogue3"]);
  expect(node!.inputs.slice(2).map((use) => use.shape)).toEqual([[1, 1, 1, 3], [2, 1, 1, 3], shape]); // prettier-ignore
});

test("an epilogue ends with the first value that others need too", () => {
  const g = graphBuilder();
  const [x, bias] = [g.input(shape), g.input([3])];
  const biased = g.binary("Add", conv(g, x), bias);
  const fused = fuse(g.graph(biased, silu(g, biased)));
  expect(opsOf(fused)).toEqual(["Conv2D then (x0 + x1)", "sigmoid(x0)", "(x0 * x1)"]);
});

test("a convolution of which others need the raw result has no epilogue", () => {
  const g = graphBuilder();
  const raw = conv(g, g.input(shape));
  const graph = toElementwise(g.graph(raw, g.unary("Neg", raw)));
  expect(fuseEpilogues(graph)).toEqual(graph);
});

test("what hangs between two convolutions goes to the one before it", () => {
  const g = graphBuilder();
  const between = g.unary("Relu", conv(g, g.input(shape)));
  expect(opsOf(fuse(g.graph(g.unary("Tanh", conv(g, between)))))).toEqual(["Conv2D then relu(x0)", "Conv2D then tanh(x0)"]); // prettier-ignore
});

test("the sum of two convolutions goes to the later one, which reads the other", () => {
  const g = graphBuilder();
  const x = g.input(shape);
  const [first, second] = [conv(g, x), conv(g, g.unary("Relu", x))];
  const fused = fuse(g.graph(g.binary("Add", first, second)));
  expect(opsOf(fused)).toEqual(["Conv2D", "relu(x0)", "Conv2D then (x1 + x0)"]);
  expect(fused.nodes[2]!.inputs.at(-1)).toEqual(first);
});

test("a kernel runs later if its epilogue needs something that is made later", () => {
  const g = graphBuilder();
  const [x, v] = [g.input(shape), g.input([2, 3])];
  const raw = conv(g, x);
  const embedding = g.node("BatchMatMul", { a: v, b: g.input([3, 3]) }, [2, 3]);
  const sum = g.binary("Add", raw, seenAs(g.unary("Tanh", embedding), [2, 1, 1, 3]));
  expect(opsOf(fuse(g.graph(sum)))).toEqual(["BatchMatMul then tanh(x0)", "Conv2D then (x0 + x1)"]);
});

test("no epilogue needs what is made of the kernel's result", () => {
  const g = graphBuilder();
  const raw = conv(g, g.input(shape));
  const mean = g.node("Mean", { x: raw }, [2, 1, 1, 3], { axis: [1, 2], keepDims: true });
  expect(opsOf(fuse(g.graph(g.binary("Sub", raw, mean))))).toEqual(["Conv2D", "Mean", "(x0 - x1)"]);
});

test("reshapes between do no harm if the inputs broadcast to the kernel's shape", () => {
  const g = graphBuilder();
  const [x, bias, perPlace] = [g.input(shape), g.input([3]), g.input([16, 1])];
  const flat = g.binary("Add", seenAs(conv(g, x), [2, 16, 3]), bias);
  const fused = fuse(g.graph(g.binary("Multiply", flat, perPlace)));
  expect(opsOf(fused)).toEqual(["Conv2D then ((x0 + x1) * x2)"]);
  expect(fused.nodes[0]!.inputs.at(-1)!.shape).toEqual([1, 4, 4, 1]);
  expect(fused.outputs[0]!.shape).toEqual([2, 16, 3]);
});

test("an input that would need the kernel's axes cut more finely keeps its node out", () => {
  const g = graphBuilder();
  const halves = seenAs(conv(g, g.input(shape)), [2, 2, 2, 4, 3]);
  expect(opsOf(fuse(g.graph(g.binary("Multiply", halves, g.input([2, 1, 1, 1])))))).toEqual(["Conv2D", "(x0 * x1)"]);
});

test("the value that an epilogue makes has the kernel's shape, whatever its users see", () => {
  const g = graphBuilder();
  const y = g.unary("Relu", seenAs(conv(g, g.input(shape)), [96]));
  const fused = fuse(g.graph(y));
  expect(fused.values[y.value]!.shape).toEqual(shape);
  expect(fused.outputs).toEqual([y]);
});

test("of programs with many outputs, those that need only one kernel's result and make one value are taken", () => {
  const g = graphBuilder();
  const [x, y] = [g.input(shape), g.input(shape)];
  const dx = g.binary("Add", conv(g, x), y);
  const graph = fuseElementwise(toElementwise(g.graph(dx, g.unary("Sin", y))));
  expect(opsOf(graph)).toEqual(["Conv2D", "(x0 + x1), sin(x1)"]);
  expect(opsOf(fuseEpilogues(graph))).toEqual(["Conv2D", "(x0 + x1), sin(x1)"]);
});

test("epilogues keep within limits, and take the longest tail that does", () => {
  const g = graphBuilder();
  const inputs = Array.from({ length: 5 }, () => g.input([3]));
  const graph = g.graph(inputs.reduce((sum, bias) => g.binary("Add", sum, bias), conv(g, g.input(shape))));
  const ops = opsOf(fuse(graph, { instructions: 2 }));
  expect(ops).toEqual(["Conv2D then ((x0 + x1) + x2)", "(x0 + x1)", "(x0 + x1)", "(x0 + x1)"]);
});

test("an epilogue can grow", () => {
  const g = graphBuilder();
  const [x, a, b] = [g.input(shape), g.input([3]), g.input([3])];
  const graph = g.graph(g.binary("Sub", g.binary("Add", conv(g, x), a), b));
  const grown = fuse(fuse(graph, { instructions: 1 }));
  expect(opsOf(grown)).toEqual(["Conv2D then ((x0 + x1) - x2)"]);
  expect(grown).toEqual(fuse(graph));
});

test("a program that reads a kernel's result and does not need it is no epilogue", () => {
  const g = graphBuilder();
  const [raw, y] = [conv(g, g.input(shape)), g.input(shape)];
  const chosen = g.node("Combine", { 0: raw, 1: y }, shape, { coefs: [0, 2] });
  expect(opsOf(fuse(g.graph(chosen)))).toEqual(["Conv2D", "2 * x1"]);
});
