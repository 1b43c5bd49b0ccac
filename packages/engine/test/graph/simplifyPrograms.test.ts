import { expect, test } from "vitest";
import type { ElementProgram } from "../../src/graph/elementwise.ts";
import type { Graph, Shape, Use } from "../../src/graph/graph.ts";
import { fuseElementwise } from "../../src/graph/passes/fuseElementwise.ts";
import { fuseEpilogues } from "../../src/graph/passes/fuseEpilogues.ts";
import { simplifyPrograms } from "../../src/graph/passes/simplifyPrograms.ts";
import { toElementwise } from "../../src/graph/passes/toElementwise.ts";
import { elementwiseNode } from "../../src/graph/programs/elementwiseNode.ts";
import { assertValid } from "./reference/assertValid.ts";
import { graphBuilder } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";

/** A graph of one node of two inputs, with all that it makes as outputs. */
const graphOf = (program: ElementProgram, from: readonly [Shape, Shape], to: Shape): Graph => {
  const inputs = from.map((shape, value): Use => ({ value, shape }));
  const outputs = program.outputs.map((_, i): Use => ({ value: 2 + i, shape: to }));
  const values = [...inputs, ...outputs].map(({ shape }) => ({ shape, dtype: "float32" as const }));
  const made = outputs.map(({ value }) => value);
  return { values, inputs: [0, 1], constants: new Map(), nodes: [elementwiseNode(program, inputs, made)], outputs };
};

const simplify = (graph: Graph): Graph => {
  const simple = simplifyPrograms(graph);
  assertValid(simple);
  return simple;
};

const timesOne = { op: "scale" as const, args: [0], params: [1] };

test("an output that is an input, or another output, is no output any more", () => {
  const twice: ElementProgram = {
    inputs: 2,
    instructions: [timesOne, { op: "add", args: [0, 1] }, { op: "add", args: [1, 2] }],
    outputs: [2, 3, 4],
  };
  const simple = simplify(graphOf(twice, [[2], [2]], [2]));
  expect(opsOf(simple)).toEqual(["(x0 + x1)"]);
  expect(simple.outputs.map(({ value }) => value)).toEqual([0, 3, 3]);
});

test("an output that is a broadcast input is still made", () => {
  const simple = simplify(graphOf({ inputs: 2, instructions: [timesOne], outputs: [2] }, [[3], [2, 3]], [2, 3]));
  expect(opsOf(simple)).toEqual(["x0"]);
  expect(simple.nodes[0]!.inputs).toEqual([{ value: 0, shape: [3] }]);
});

test("a node whose outputs are all copies is gone", () =>
  expect(simplify(graphOf({ inputs: 2, instructions: [timesOne], outputs: [2] }, [[2], [2]], [2])).nodes).toEqual([]));

test("inputs that are the same are one", () => {
  const square = graphOf({ inputs: 2, instructions: [{ op: "mul", args: [0, 1] }], outputs: [2] }, [[2], [2]], [2]);
  const [node] = square.nodes;
  const same = { ...square, nodes: [{ ...node!, inputs: [node!.inputs[0]!, node!.inputs[0]!] }] };
  expect(opsOf(simplify(same))).toEqual(["(x0 * x0)"]);
});

test("what becomes the same in one program is the same in those after it, and in epilogues", () => {
  const g = graphBuilder();
  const x = g.input([2, 2]);
  const [a, b] = [g.unary("Sin", x), g.unary("Sin", x)];
  const product = g.node("BatchMatMul", { a: x, b: x }, [2, 2]);
  const sum = g.binary("Sub", g.binary("Add", product, a), b);
  const graph = fuseEpilogues(
    toElementwise(g.graph(sum, g.binary("Sub", g.binary("Multiply", g.input([3, 2, 2]), a), b))),
  );
  const joined = simplify(fuseElementwise(graph));
  expect(opsOf(joined)).toEqual(["sin(x0)", "BatchMatMul then ((x0 + x1) - x1)", "((x0 * x1) - x1)"]);
});
