import { expect, test } from "vitest";
import type { Attrs, Use } from "../../src/graph/graph.ts";
import { toElementwise } from "../../src/graph/passes/toElementwise.ts";
import { graphBuilder, type GraphBuilder } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";

const convert = (make: (g: GraphBuilder, x: Use, c: (number: number) => Use) => Use): readonly string[] => {
  const g = graphBuilder();
  const graph = g.graph(make(g, g.input([2, 3]), (number) => g.constant([], [number])));
  return opsOf(toElementwise(graph, scalarConstants(graph)));
};

test.each([
  ["x * c", "Multiply", false, 3, "3 * x0"],
  ["c * x", "Multiply", true, 3, "3 * x0"],
  ["x + c", "Add", false, 3, "(x0 + 3)"],
  ["x - c", "Sub", false, 3, "(x0 + -3)"],
  ["c - x", "Sub", true, 3, "(-x0 + 3)"],
  ["x / c, c a power of two,", "RealDiv", false, 4, "0.25 * x0"],
  ["x / c, c a negative power of two,", "RealDiv", false, -0.5, "-2 * x0"],
  ["1 / x", "RealDiv", true, 1, "reciprocal(x0)"],
])("%s needs no second input", (_, op, first, c, program) =>
  expect(convert((g, x, constant) => (first ? g.binary(op, constant(c), x) : g.binary(op, x, constant(c))))).toEqual([
    program,
  ]),
);

test.each([
  ["x / 3 is not x * (1/3)", "RealDiv", 3, "(x0 / x1)"],
  ["x / 2^127 is not x * 2^-127, which is not a normal float32", "RealDiv", 2 ** 127, "(x0 / x1)"],
  ["x / 0 stays a quotient", "RealDiv", 0, "(x0 / x1)"],
  ["the larger of x and c has no instruction of its own", "Maximum", 3, "max(x0, x1)"],
])("%s", (_, op, c, program) => expect(convert((g, x, constant) => g.binary(op, x, constant(c)))).toEqual([program]));

test.each<[string, number, Attrs, string]>([
  ["Step", 1, {}, "step(x0, 0)"],
  ["Step", 1, { alpha: 0.25 }, "step(x0, 0.25)"],
  ["ClipByValue", 1, { clipValueMin: -1, clipValueMax: 2 }, "clip(x0, -1, 2)"],
  ["AddN", 3, {}, "((x0 + x1) + x2)"],
  ["Combine", 4, { coefs: [1, 0, -2, 0.1] }, `((x0 + -2 * x2) + ${Math.fround(0.1)} * x3)`],
  ["Combine", 2, { coefs: [0, 1] }, "x1"],
  ["SiluGrad", 2, {}, "siluGrad(x0, x1)"],
  ["Erf", 1, {}, "erf(x0)"],
])("%s of %i with %j", (op, count, attrs, program) => {
  const g = graphBuilder();
  const inputs = Object.fromEntries(Array.from({ length: count }, (_, i) => [i, g.input([2])]));
  expect(opsOf(toElementwise(g.graph(g.node(op, inputs, [2], attrs))))).toEqual([program]);
});

test("kernels of other types, and those that do not work place by place, stay", () => {
  const g = graphBuilder();
  const x = g.input([2], "int32");
  const graph = g.graph(
    g.node("Add", { a: x, b: x }, [2], {}, "int32"),
    g.node("Sum", { x: g.input([2]) }, [], { axis: [0] }),
    g.node("Greater", { a: x, b: x }, [2], {}, "bool"),
    g.node("Combine", { 0: g.input([2]) }, [2], { coefs: [0] }),
  );
  expect(toElementwise(graph)).toEqual(graph);
});
