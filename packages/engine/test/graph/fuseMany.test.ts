import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Graph, Shape, Use } from "../../src/graph/graph.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { fuseMany } from "../../src/graph/passes/fuseMany.ts";
import { anyGraph } from "./reference/arbitraryGraph.ts";
import { leavesGraph } from "./reference/arbitraryLeaves.ts";
import { expectSame } from "./reference/expectSame.ts";
import { graphBuilder, type GraphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";
import { counted, only } from "./reference/nodes.ts";
import { scalarConstants } from "./reference/scalarConstants.ts";
import { waves } from "./reference/waves.ts";

const optimised = (graph: Graph): Graph => optimise(graph, { scalarOf: scalarConstants(graph) });

/** A graph after all passes and this one, which must compute the same. */
const joined = (graph: Graph, fits: (a: Shape) => boolean = () => true): Graph => {
  const passed = fuseMany(optimised(graph), fits);
  expectSame(passed, graph, waves(graph, 1.5));
  return passed;
};

describe("what graphs compute stays what it is", () => {
  test.each([
    ["of any kernels", anyGraph],
    ["that do the same to many tensors", leavesGraph],
  ])("%s", (_, graphs) =>
    fc.assert(
      fc.property(graphs, ({ graph, inputs }) => {
        const fused = optimised(graph);
        expectSame(
          fuseMany(fused, ([m]) => m! <= 8),
          fused,
          inputs,
        );
      }),
      { numRuns: 500 },
    ),
  );

  test("and a second time there is nothing to do", () =>
    fc.assert(
      fc.property(leavesGraph, ({ graph }) => {
        const once = fuseMany(optimised(graph), () => true);
        expect(fuseMany(once, () => true).nodes).toEqual(once.nodes);
      }),
      { numRuns: 200 },
    ));
});

describe("one program on many tensors", () => {
  /** p - lr·m / (√v + eps), with the moments of Adam, of which all are returned. */
  const adam = (g: GraphBuilder, shape: Shape, [lr, eps]: readonly [Use, Use]): readonly Use[] => {
    const [p, grad, m, v] = Array.from({ length: 4 }, () => g.input(shape)) as [Use, Use, Use, Use];
    const scaled = (x: Use, c: number): Use => g.binary("Multiply", x, g.constant([], [c]));
    const m2 = g.binary("Add", scaled(m, 0.9), scaled(grad, 0.1));
    const v2 = g.binary("Add", scaled(v, 0.99), scaled(g.unary("Square", grad), 0.01));
    const step = g.binary("RealDiv", g.binary("Multiply", m2, lr), g.binary("Add", g.node("Sqrt", { x: v2 }, shape), eps)); // prettier-ignore
    return [g.binary("Sub", p, step), m2, v2];
  };
  const shapes: readonly Shape[] = [[3, 3, 2, 4], [4], [4, 5], [1], [7], [2, 3]];

  test("Adam's update of all leaves is one node, whatever their sizes", () => {
    const g = graphBuilder();
    const scalars = [g.input([]), g.input([])] as const;
    const leaves = shapes.slice(0, 3).map((shape) => adam(g, shape, scalars));
    const passed = joined(g.graph(...leaves.flat()));
    expect(counted(passed)).toEqual({ ElementwiseMany: 1 });
    const { inputs, outputs, attrs } = only(passed, "ElementwiseMany");
    expect([inputs.length, outputs.length]).toEqual([18, 9]);
    expect((attrs.scalar as boolean[]).filter(Boolean)).toHaveLength(2);
    expect(new Set(outputs)).toEqual(new Set(leaves.flat().map(({ value }) => value)));
  });

  test("a leaf of one number is a node of its own where others have one number for all places", () => {
    const g = graphBuilder();
    const scalars = [g.input([]), g.input([])] as const;
    const passed = joined(g.graph(...shapes.flatMap((shape) => adam(g, shape, scalars))));
    expect(counted(passed)).toEqual({ Elementwise: 1, ElementwiseMany: 1 });
  });

  test("nodes of different programs, or with other numbers in them, are different", () => {
    const g = graphBuilder();
    const [x, y, z] = [g.input([3]), g.input([4]), g.input([5])];
    const scaled = (x: Use, c: number): Use => g.binary("Multiply", x, g.constant([], [c]));
    const passed = joined(g.graph(g.unary("Tanh", x), g.unary("Sin", y), scaled(x, 2), scaled(z, 3)));
    expect(passed.nodes.filter(({ op }) => op === "ElementwiseMany")).toEqual([]);
  });

  test("a node that needs another one waits for it: both are not one", () => {
    const g = graphBuilder();
    const [x, other] = [g.input([3]), g.input([3, 2])];
    const a = g.unary("Tanh", x);
    const b = g.unary("Tanh", g.node("Sum", { x: g.binary("Multiply", seenAs(a, [3, 1]), other) }, [2], { axis: [0] }));
    const passed = joined(g.graph(a, b));
    expect(counted(passed)).toEqual({ Elementwise: 3, Sum: 1 });
  });

  test("inputs that are repeated along an axis keep a node out", () => {
    const g = graphBuilder();
    const [x, y] = [g.input([3, 4]), g.input([2, 5])];
    const passed = joined(g.graph(g.binary("Add", x, g.input([4])), g.binary("Add", y, g.input([5]))));
    expect(counted(passed)).toEqual({ Elementwise: 2 });
  });

  test("a value that several tensors are computed with is read by all of them", () => {
    const g = graphBuilder();
    const [x, y, z] = [g.input([3]), g.input([3]), g.input([3])];
    const passed = joined(g.graph(g.binary("Sub", x, y), g.binary("Sub", x, z)));
    expect(opsOf(passed)).toHaveLength(1);
  });

  test("what is large and not returned is computed where it is needed, small things and what is returned together", () => {
    const g = graphBuilder();
    const chain = (x: Use): Use => {
      const between = g.unary("Tanh", x);
      return g.node("Sum", { x: between }, [1], { axis: [0] });
    };
    const large = [[2 ** 17], [2 ** 17 + 1]];
    const passed = fuseMany(optimised(g.graph(...large.map((shape) => chain(g.input(shape))))), () => true);
    expect(counted(passed)).toEqual({ Elementwise: 2, Sum: 2 });
    const h = graphBuilder();
    const returned = fuseMany(optimised(h.graph(...large.map((shape) => h.unary("Tanh", h.input(shape))))), () => true);
    expect(counted(returned)).toEqual({ ElementwiseMany: 1 });
  });
});

describe("one matrix times many", () => {
  const dense = (g: GraphBuilder, a: Use, n: number): Use =>
    g.node("BatchMatMul", { a, b: g.input([a.shape[1]!, n]) }, [a.shape[0]!, n], { transposeA: false, transposeB: false }); // prettier-ignore
  const projected = (g: GraphBuilder, embedding: Use, n: number): Use =>
    g.binary("Add", dense(g, embedding, n), g.input([n]));

  test("what all blocks of a network make of the embedding of t is one node, each with its bias", () => {
    const g = graphBuilder();
    const embedding = g.unary("Silu", g.input([4, 6]));
    const widths = Array.from({ length: 22 }, (_, i) => 3 + (i % 5));
    const uses = widths.map((n) => projected(g, embedding, n));
    // one block after the other
    const last = uses.reduce<Use | undefined>((before, use) => {
      const mean = g.node("Sum", { x: use }, [4], { axis: [1] });
      return g.unary("Tanh", before === undefined ? mean : g.node("AddN", { 0: before, 1: mean, 2: before }, [4]));
    }, undefined)!;
    const passed = joined(g.graph(last));
    const { attrs, inputs, outputs } = only(passed, "DenseMany");
    expect([attrs.widths, inputs.length, outputs.length]).toEqual([widths, 1 + 2 * 22, 22]);
    expect(counted(passed)["BatchMatMul"]).toBeUndefined();
  });

  test("one that needs what another one makes is a node of its own", () => {
    const g = graphBuilder();
    const a = g.input([4, 6]);
    const first = projected(g, a, 3);
    const weights = g.binary("Multiply", g.node("Sum", { x: first }, [], { axis: [0, 1] }), g.input([6, 3]));
    const second = g.node("BatchMatMul", { a, b: weights }, [4, 3], { transposeA: false, transposeB: false });
    const passed = joined(g.graph(first, g.binary("Add", second, g.input([3]))));
    expect(counted(passed)).toEqual({ BatchMatMul: 2, Sum: 1, Elementwise: 1 });
  });

  test.each<[string, (g: GraphBuilder, a: Use) => readonly Use[]]>([
    ["different matrices on the left", (g, a) => [projected(g, a, 4), projected(g, g.input([4, 6]), 4)]],
    ["different programs", (g, a) => [projected(g, a, 4), g.unary("Relu", projected(g, a, 4))]],
    ["numbers for each row", (g, a) => [5, 7].map((n) => g.binary("Add", dense(g, a, n), g.input([4, 1])))],
    [
      "numbers for each row of as many rows as columns",
      (g, a) => [4, 4].map((n) => g.binary("Add", dense(g, a, n), g.input([4, 1]))),
    ],
    ["numbers for each place", (g, a) => [5, 7].map((n) => g.binary("Add", dense(g, a, n), g.input([4, n])))],
    [
      "a transposed matrix",
      (g, a) =>
        [5, 7].map((n) =>
          g.node("BatchMatMul", { a, b: g.input([n, 6]) }, [4, n], { transposeA: false, transposeB: true }),
        ),
    ],
    [
      "batches of matrices",
      (g) => {
        const a = g.input([2, 4, 6]);
        return [5, 7].map((n) => g.node("BatchMatMul", { a, b: g.input([2, 6, n]) }, [2, 4, n], {}));
      },
    ],
    ["a matrix seen in two shapes", (g, a) => [projected(g, a, 4), projected(g, seenAs(a, [8, 3]), 4)]],
  ])("products of %s are not one", (_, make) => {
    const g = graphBuilder();
    expect(counted(joined(g.graph(...make(g, g.input([4, 6])))))).toEqual({ BatchMatMul: 2 });
  });

  test("a matrix that does not fit keeps products apart", () => {
    const g = graphBuilder();
    const a = g.input([4, 6]);
    const graph = g.graph(projected(g, a, 3), projected(g, a, 5));
    expect(counted(joined(graph, ([m, k]) => m === 4 && k === 6))).toEqual({ DenseMany: 1 });
    expect(counted(joined(graph, ([, k]) => k! < 6))).toEqual({ BatchMatMul: 2 });
  });
});
