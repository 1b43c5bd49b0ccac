import { expect, test } from "vitest";
import type { Shape, Use } from "../../src/graph/graph.ts";
import { absorbTransposes } from "../../src/graph/passes/absorbTransposes.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";

const transpose = (g: GraphBuilder, x: Use, perm: readonly number[]): Use =>
  g.node(
    "Transpose",
    { x },
    perm.map((axis) => x.shape[axis]!),
    { perm },
  );

const matMul = (g: GraphBuilder, a: Use, b: Use, shape: Shape, attrs = { transposeA: false, transposeB: false }): Use =>
  g.node("BatchMatMul", { a, b }, shape, attrs);

test("a product reads operands of which the last two axes are swapped in place", () => {
  const g = graphBuilder();
  const [a, b] = [g.input([5, 2, 3]), g.input([5, 4, 2])];
  const { nodes } = absorbTransposes(
    g.graph(matMul(g, transpose(g, a, [0, 2, 1]), transpose(g, b, [0, 2, 1]), [5, 3, 4])),
  );
  const product = nodes.at(-1)!;
  expect(product.inputs).toEqual([a, b]);
  expect(product.attrs).toEqual({ transposeA: true, transposeB: true });
});

test("what was transposed already is not any more", () => {
  const g = graphBuilder();
  const [a, b] = [g.input([1, 2, 3]), g.input([1, 3, 4])];
  const product = matMul(g, a, transpose(g, b, [0, 2, 1]), [1, 2, 4], { transposeA: false, transposeB: true });
  expect(absorbTransposes(g.graph(product)).nodes.at(-1)!.attrs).toEqual({ transposeA: false, transposeB: false });
});

test("axes are what the product sees: [B, H, W, C] to [B, C, HW] is a swap, and so is [1, N, 1, M] to [M, N]", () => {
  const g = graphBuilder();
  const [a, b] = [g.input([2, 3, 5, 4]), g.input([1, 15, 1, 7])];
  const left = seenAs(transpose(g, a, [0, 3, 1, 2]), [2, 4, 15]);
  const right = seenAs(transpose(g, b, [2, 3, 0, 1]), [1, 7, 15]);
  const { nodes } = absorbTransposes(
    g.graph(matMul(g, left, right, [2, 4, 7], { transposeA: false, transposeB: true })),
  );
  expect(nodes.at(-1)!.inputs).toEqual([seenAs(a, [2, 15, 4]), seenAs(b, [1, 15, 7])]);
  expect(nodes.at(-1)!.attrs).toEqual({ transposeA: true, transposeB: false });
});

const stays: readonly [title: string, from: Shape, perm: readonly number[], seen: Shape][] = [
  ["a batch axis moves", [2, 5, 3], [1, 0, 2], [5, 2, 3]],
  ["a batch axis moves and all lengths are the same", [3, 3, 3], [1, 0, 2], [3, 3, 3]],
  ["all axes move", [2, 5, 3], [2, 1, 0], [3, 5, 2]],
  ["a reshape takes other rows than those that were swapped", [2, 5, 3], [0, 2, 1], [2, 5, 3]],
];

test.each(stays)("a product keeps a Transpose where %s", (_, from, perm, seen) => {
  const g = graphBuilder();
  const moved = seenAs(transpose(g, g.input(from), perm), seen);
  const [batch, rows, inner] = seen as [number, number, number];
  const product = matMul(g, moved, g.input([batch, inner, 4]), [batch, rows, 4]);
  const { nodes } = absorbTransposes(g.graph(product));
  expect(nodes.map(({ op }) => op)).toEqual(["Transpose", "BatchMatMul"]);
  expect(nodes[1]).toMatchObject({ inputs: [moved, {}], attrs: { transposeA: false, transposeB: false } });
});

test("a Transpose has as few axes as possible, so that equal ones are found", () => {
  const g = graphBuilder();
  const moved = transpose(g, g.input([2, 1, 3, 4, 5]), [4, 0, 1, 2, 3]);
  const graph = absorbTransposes(g.graph(moved));
  expect(graph.nodes).toMatchObject([{ inputs: [{ shape: [24, 5] }], attrs: { perm: [1, 0] } }]);
  expect(graph.values[moved.value]!.shape).toEqual([5, 24]);
  expect(graph.outputs).toEqual([moved]);
});

test("two transposes are one, none if the second undoes the first, also where a reshape is between", () => {
  const g = graphBuilder();
  const x = g.input([6, 4, 5]);
  const there = transpose(g, x, [1, 0, 2]);
  const cut = seenAs(there, [4, 2, 3, 5]);
  const back = transpose(g, cut, [1, 2, 0, 3]);
  const on = transpose(g, cut, [3, 1, 2, 0]);
  const composed = absorbTransposes(g.graph(back, on));
  expect(composed.outputs[0]).toEqual(seenAs(x, [2, 3, 4, 5]));
  expect(composed.nodes.at(-1)).toMatchObject({ inputs: [seenAs(x, [24, 5])], attrs: { perm: [1, 0] } });
});
