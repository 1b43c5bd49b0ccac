import { describe, expect, test } from "vitest";
import type { Graph, Use } from "../../src/graph/graph.ts";
import { fuseElementwise, type FuseOptions } from "../../src/graph/passes/fuseElementwise.ts";
import { toElementwise } from "../../src/graph/passes/toElementwise.ts";
import { assertValid } from "./reference/assertValid.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";

const fuse = (graph: Graph, options?: FuseOptions): Graph => {
  const fused = fuseElementwise(toElementwise(graph, scalarConstants(graph)), options);
  assertValid(fused);
  return fused;
};

const scaled = (g: GraphBuilder, x: Use, c: number): Use => g.binary("Multiply", x, g.constant([], [c]));

test("a chain is one program, in which values between are not written", () => {
  const g = graphBuilder();
  const [x, bias] = [g.input([2, 3]), g.input([3])];
  const y = g.unary("Tanh", scaled(g, g.binary("Add", x, bias), 2));
  const fused = fuse(g.graph(y));
  expect(opsOf(fused)).toEqual(["tanh(2 * (x0 + x1))"]);
  expect(fused.nodes[0]!.inputs).toEqual([x, seenAs(bias, [1, 3])]);
});

test("what others need stays an output, of the caller or of other kernels", () => {
  const g = graphBuilder();
  const x = g.input([2, 3]);
  const a = g.unary("Sin", x);
  const b = g.unary("Neg", a);
  const c = g.unary("Tanh", b);
  const fused = fuse(g.graph(a, g.node("Sum", { x: b }, [2], { axis: [1] }), c));
  expect(opsOf(fused)).toEqual(["t0 = sin(x0); t1 = -t0; t0, t1, tanh(t1)", "Sum"]);
  expect(fused.nodes[0]!.outputs).toEqual([a.value, b.value, c.value]);
});

test("Adam and EMA of one leaf are one program", () => {
  const g = graphBuilder();
  const [p, m, v, e, grad] = Array.from({ length: 5 }, () => g.input([6])) as [Use, Use, Use, Use, Use];
  const average = (old: Use, x: Use) => g.node("Combine", { 0: old, 1: x }, [6], { coefs: [0.5, 0.5] });
  const nextM = average(m, grad);
  const nextV = average(v, g.unary("Square", grad));
  const deviation = g.binary("Add", g.unary("Sqrt", nextV), g.constant([], [0.125]));
  const nextP = g.binary("Sub", p, g.binary("Multiply", g.input([]), g.binary("RealDiv", nextM, deviation)));
  const fused = fuse(g.graph(nextP, nextM, nextV, average(e, nextP)));
  expect(fused.nodes).toHaveLength(1);
  expect(fused.nodes[0]!.outputs).toHaveLength(4);
  expect(fused.nodes[0]!.inputs).toHaveLength(6);
});

test("nodes are not joined if another kernel must run between them", () => {
  const g = graphBuilder();
  const x = g.input([2, 2]);
  const a = g.unary("Sin", x);
  const product = g.node("BatchMatMul", { a, b: x }, [2, 2]);
  expect(opsOf(fuse(g.graph(g.binary("Add", a, product))))).toEqual(["sin(x0)", "BatchMatMul", "(x0 + x1)"]);
});

test("nodes are joined across kernels that need not run between them; what needs the first runs later", () => {
  const g = graphBuilder();
  const x = g.input([2, 2]);
  const a = g.unary("Sin", x);
  const product = g.node("BatchMatMul", { a, b: a }, [2, 2]);
  const other = g.node("Sum", { x }, [2, 1], { axis: [1] });
  const sum = g.binary("Add", a, other);
  expect(opsOf(fuse(g.graph(product, sum)))).toEqual(["Sum", "t0 = sin(x0); t0, (t0 + x1)", "BatchMatMul"]);
});

describe("a value that is written anyway, and its reader far away,", () => {
  const apart = (isReturned: boolean): Graph => {
    const g = graphBuilder();
    const sine = g.unary("Sin", g.input([2, 3]));
    const sums = Array.from({ length: 20 }, () => g.node("Sum", { x: g.input([2, 3]) }, [2], { axis: [1] }));
    return g.graph(...sums, ...(isReturned ? [sine] : []), g.unary("Tanh", sine));
  };

  test("are not joined: what the reader reads would have to be kept, or what it makes", () =>
    expect(fuse(apart(true)).nodes).toHaveLength(22));

  test("are joined if nobody else needs the value", () => expect(fuse(apart(false)).nodes).toHaveLength(21));
});

test("what is broadcast is computed on its own, once", () => {
  const g = graphBuilder();
  const [x, gamma] = [g.input([2, 3]), g.input([3])];
  expect(opsOf(fuse(g.graph(g.binary("Multiply", x, g.unary("Tanh", gamma)))))).toEqual(["tanh(x0)", "(x0 * x1)"]);
});

describe("reshapes between nodes", () => {
  test("do no harm if a shape can be found with which all inputs broadcast", () => {
    const g = graphBuilder();
    const [x, bias, perRow] = [g.input([2, 3, 4]), g.input([4]), g.input([2, 1])];
    const rows = seenAs(g.binary("Add", x, bias), [2, 12]);
    const y = g.binary("Multiply", rows, perRow);
    const fused = fuse(g.graph(y));
    expect(opsOf(fused)).toEqual(["((x0 + x1) * x2)"]);
    expect(fused.nodes[0]!.inputs.map(({ shape }) => shape)).toEqual([[2, 3, 4], [1, 1, 4], [2, 1, 1]]); // prettier-ignore
    expect(fused.values[y.value]!.shape).toEqual([2, 3, 4]);
    expect(fused.outputs).toEqual([y]);
  });

  test("forbid joining if there is none", () => {
    const g = graphBuilder();
    const [x, byThree, byFour] = [g.input([4, 3]), g.input([3]), g.input([4])];
    const columns = seenAs(g.binary("Add", x, byThree), [3, 4]);
    expect(fuse(g.graph(g.binary("Multiply", columns, byFour))).nodes).toHaveLength(2);
  });
});

test("a value that is broadcast in two ways is two inputs", () => {
  const g = graphBuilder();
  const v = g.input([3]);
  const square = g.binary("Multiply", seenAs(v, [3, 1]), seenAs(v, [1, 3]));
  const fused = fuse(g.graph(g.binary("Add", square, seenAs(v, [3, 1]))));
  expect(opsOf(fused)).toEqual(["((x0 * x1) + x0)"]);
});

describe("neighbours that only read the same", () => {
  const siblings = (apart: number): Graph => {
    const g = graphBuilder();
    const x = g.input([2, 3]);
    const sine = g.unary("Sin", x);
    const between = Array.from({ length: apart }, () => g.node("Sum", { x }, [2], { axis: [1] }));
    return g.graph(sine, ...between, g.unary("Tanh", x));
  };

  test("are joined if they are near", () => {
    expect(opsOf(fuse(siblings(1)))).toEqual(["Sum", "sin(x0), tanh(x0)"]);
    expect(fuse(siblings(20)).nodes).toHaveLength(22);
    expect(fuse(siblings(20), { near: 30 }).nodes).toHaveLength(21);
  });

  test("are not if all they share is broadcast", () => {
    const g = graphBuilder();
    const [x, y, c] = [g.input([2, 3]), g.input([2, 3]), g.input([])];
    expect(fuse(g.graph(g.binary("Add", x, c), g.binary("Add", y, c))).nodes).toHaveLength(2);
  });
});

test.each<[string, FuseOptions]>([
  ["inputs", { inputs: 4 }],
  ["instructions", { instructions: 5 }],
  ["registers", { registers: 2 }],
  ["outputs", { outputs: 1 }],
])("programs keep within their limit of %s", (_, limits) => {
  const g = graphBuilder();
  const inputs = Array.from({ length: 9 }, () => g.input([2]));
  const sum = inputs.map((x) => g.unary("Sin", x)).reduce((a, b) => g.binary("Add", a, b));
  const products = inputs.map((x) => g.binary("Multiply", sum, x));
  const graph = g.graph(sum, ...products);
  const fused = fuse(graph, limits);
  expect(fused.nodes.length).toBeGreaterThan(fuse(graph, { inputs: 99, instructions: 99, registers: 99, outputs: 99 }).nodes.length); // prettier-ignore
  expect(fused.nodes.length).toBeLessThanOrEqual(graph.nodes.length);
});

test("an output that is an input or a constant, and one that is given twice, stay", () => {
  const g = graphBuilder();
  const [x, c] = [g.input([2]), g.constant([2], [1, 2])];
  const y = g.unary("Neg", g.binary("Add", x, c));
  const graph = g.graph(x, c, y, seenAs(y, [2, 1]));
  expect(fuse(graph).outputs).toEqual(graph.outputs);
});
