import { expect, test } from "vitest";
import type { Attrs, Shape } from "../../src/graph/graph.ts";
import { costOf, graphCost } from "../../src/graph/flops.ts";
import { graphBuilder } from "./reference/graphBuilder.ts";

const flopsOf = (op: string, shapes: Readonly<Record<string, Shape>>, output: Shape, attrs: Attrs = {}): number => {
  const g = graphBuilder();
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, g.input(shape)]));
  const graph = g.graph(g.node(op, inputs, output, attrs));
  return costOf(graph, graph.nodes[0]!).flops;
};

const [image, filter, made]: Shape[] = [[2, 8, 8, 3], [3, 3, 3, 5], [2, 8, 8, 5]]; // prettier-ignore

test("a convolution and its two gradients take the same products", () => {
  const flops = 2 * (2 * 8 * 8 * 5) * (3 * 3 * 3);
  expect(flopsOf("Conv2D", { x: image!, filter: filter! }, made!)).toBe(flops);
  expect(flopsOf("Conv2DBackpropInput", { dy: made!, filter: filter! }, image!)).toBe(flops);
  expect(flopsOf("Conv2DBackpropFilter", { x: image!, dy: made! }, filter!)).toBe(flops);
});

test("a matrix product is a product and a sum for each of [m, k, n], transposed or not", () => {
  const flops = 2 * 7 * 2 * 3 * 4;
  expect(flopsOf("BatchMatMul", { a: [7, 2, 3], b: [7, 3, 4] }, [7, 2, 4], { transposeA: false })).toBe(flops);
  expect(flopsOf("BatchMatMul", { a: [7, 3, 2], b: [7, 3, 4] }, [7, 2, 4], { transposeA: true })).toBe(flops);
});

test("attention is two products of [queries, keys], its gradient five", () => {
  const qkv = { q: [6, 10, 4], k: [6, 20, 4], v: [6, 20, 4] };
  const products = 2 * 6 * 10 * 20 * 4;
  const weights = 4 * 6 * 10 * 20;
  expect(flopsOf("Attention", qkv, [6, 10, 4])).toBe(2 * products + weights);
  expect(flopsOf("AttentionGrad", { ...qkv, dy: [6, 10, 4] }, [6, 10, 4])).toBe(5 * products + weights);
});

test("programs, alone or as epilogue, cost one for each instruction and place; fma two", () => {
  const program = {
    inputs: 2,
    instructions: [
      { op: "silu", args: [0] },
      { op: "fma", args: [0, 1, 2] },
    ],
    outputs: [3],
  };
  expect(flopsOf("Elementwise", { 0: [2, 3], 1: [3] }, [2, 3], { program })).toBe(18);
  const product = { a: [2, 5], b: [5, 3], epilogue1: [3] };
  expect(flopsOf("BatchMatMul", product, [2, 3], { epilogue: program })).toBe(60 + 18);
});

test("elementwise kernels cost their places, reductions what they read, movements nothing", () => {
  expect(flopsOf("Add", { a: [2, 3], b: [3] }, [2, 3])).toBe(6);
  expect(flopsOf("AddN", { 0: [4], 1: [4], 2: [4] }, [4])).toBe(8);
  expect(flopsOf("Sum", { x: [2, 3] }, [2])).toBe(6);
  expect(flopsOf("Transpose", { x: [2, 3] }, [3, 2])).toBe(0);
});

test("a value that is read twice is moved once; the graph's cost is the sum", () => {
  const g = graphBuilder();
  const [x, mask] = [g.input([2, 3]), g.input([2, 3], "bool")];
  const graph = g.graph(g.node("Where", { a: x, b: x, mask }, [2, 3]), g.unary("Neg", x));
  expect(costOf(graph, graph.nodes[0]!)).toEqual({ flops: 0, bytesRead: 24 + 6, bytesWritten: 24 });
  expect(graphCost(graph)).toEqual({ flops: 6, bytesRead: 54, bytesWritten: 48 });
});

test("a kernel whose input has another name is refused", () =>
  expect(() => flopsOf("Conv2D", { x: image! }, made!)).toThrow('costOf: Conv2D needs an input "filter", got x'));
