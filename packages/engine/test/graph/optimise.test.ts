import { expect, test } from "vitest";
import type { Graph, Use } from "../../src/graph/graph.ts";
import { optimise, type OptimiseOptions } from "../../src/graph/optimise.ts";
import { assertValid } from "./reference/assertValid.ts";
import { evaluate } from "./reference/evaluate.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";

const optimised = (graph: Graph, options?: OptimiseOptions): Graph => {
  const better = optimise(graph, { evaluate: evaluate(graph), scalarOf: scalarConstants(graph), ...options });
  assertValid(better);
  return better;
};

const shape = [2, 4, 4, 3];

/** x + silu(conv(x) + bias + time): half of a residual block. */
const block = (g: GraphBuilder, x: Use, time: Use): Use => {
  const raw = g.node("Conv2D", { x, filter: g.input([3, 3, 3, 3]) }, shape, { pad: "same", strides: 1 });
  const sum = g.binary("Add", g.binary("Add", raw, g.input([3])), seenAs(time, [2, 1, 1, 3]));
  return g.binary("Add", x, g.binary("Multiply", sum, g.unary("Sigmoid", sum)));
};

test("a network is one node for each convolution", () => {
  const g = graphBuilder();
  const [x, time] = [g.input(shape), g.input([2, 3])];
  const graph = g.graph(block(g, block(g, x, time), time));
  const one = "Conv2D then (x3 + silu(((x0 + x1) + x2)))";
  expect(opsOf(optimised(graph))).toEqual([one, one]);
});

test("attention's transposes disappear in its products, and the scale in the first", () => {
  const g = graphBuilder();
  const [q, k, v] = [g.input([2, 6, 4, 5]), g.input([2, 6, 4, 5]), g.input([2, 6, 4, 5])];
  const heads = (x: Use, perm: readonly number[], to: readonly number[]) => seenAs(g.node("Transpose", { x }, perm.map((axis) => x.shape[axis]!), { perm }), to); // prettier-ignore
  const keys = heads(heads(k, [0, 2, 1, 3], [2, 4, 6, 5]), [0, 1, 3, 2], [8, 5, 6]);
  const weights = g.node("BatchMatMul", { a: heads(q, [0, 2, 1, 3], [8, 6, 5]), b: keys }, [8, 6, 6], {});
  const scaled = g.binary("RealDiv", weights, g.constant([], [2]));
  const softmax = g.node("Softmax", { logits: scaled }, [8, 6, 6]);
  const mixed = g.node("BatchMatMul", { a: softmax, b: heads(v, [0, 2, 1, 3], [8, 6, 5]) }, [8, 6, 5], {});
  const transposes = Array.from({ length: 3 }, () => "Transpose");
  expect(opsOf(optimised(g.graph(mixed)))).toEqual(
    expect.arrayContaining([...transposes, "BatchMatMul then 0.5 * x0", "Softmax", "BatchMatMul"]),
  );
  expect(optimised(g.graph(mixed)).nodes).toHaveLength(6);
});

test("without fusion every kernel stays, but for those that move nothing, are not needed, or are there twice", () => {
  const g = graphBuilder();
  const x = g.input([2, 3]);
  const still = g.node("Tile", { x }, [2, 3], { reps: [1, 1] });
  const product = g.binary("Multiply", still, g.unary("Sigmoid", x));
  g.unary("Neg", product);
  const sum = g.binary("Add", product, g.binary("Multiply", x, g.unary("Sigmoid", still)));
  expect(opsOf(optimised(g.graph(sum), { fusion: false }))).toEqual(["sigmoid(x0)", "(x0 * x1)", "(x0 + x1)"]);
});

test("fma is only used where it is allowed", () => {
  const g = graphBuilder();
  const [x, y, z] = [g.input([2]), g.input([2]), g.input([2])];
  const graph = g.graph(g.binary("Add", g.binary("Multiply", x, y), z));
  expect(opsOf(optimised(graph))).toEqual(["fma(x0, x1, x2)"]);
  expect(opsOf(optimised(graph, { fma: false }))).toEqual(["((x0 * x1) + x2)"]);
});

test("an output may be an input, a constant, something that is a constant, or another output", () => {
  const g = graphBuilder();
  const [x, c] = [g.input([2]), g.constant([2], [1, 2])];
  const y = g.unary("Neg", x);
  const [same, folded] = [g.node("Cast", { x: y }, [2], {}), g.unary("Neg", c)];
  const better = optimised(g.graph(x, c, folded, y, same, seenAs(y, [2, 1])));
  expect(opsOf(better)).toEqual(["-x0"]);
  expect(better.outputs).toEqual([x, c, folded, y, y, seenAs(y, [2, 1])]);
  expect(better.constants.get(folded.value)).toEqual([-1, -2]);
});
