import fc from "fast-check";
import type { Use } from "../../../src/graph/graph.ts";
import { mostInputs } from "../../../src/graph/passes/elementwiseKernels.ts";
import type { Case } from "./arbitraryGraph.ts";
import { graphBuilder, type GraphBuilder } from "./graphBuilder.ts";
import { type Numbers, placesOf } from "./kernels.ts";

const sines = (count: number, seed: number): Numbers =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + i * 1.7 + seed * 5.3) / 2);

const sum = (g: GraphBuilder, x: Use): Use =>
  g.node("Sum", { x }, [], { axis: x.shape.map((_, i) => i), keepDims: false });

/** Adds something to a graph; `pick` gives a value made before, the `i`-th choice among those that will do. */
type Move = (g: GraphBuilder, pick: (i: number, fits?: (x: Use) => boolean) => Use, seed: number) => Use;

const isScalar = ({ shape }: Use): boolean => shape.length === 0;
const isLeaf = (x: Use): boolean => !isScalar(x);
const isLike =
  (x: Use) =>
  ({ shape }: Use): boolean =>
    shape.join() === x.shape.join();
/** What [4, 3] can be multiplied with. */
const isWide = ({ shape }: Use): boolean => shape.length === 2 && shape[0] === 3;
const isTall = ({ shape }: Use): boolean => shape.join() === "4,3";

const moves: Readonly<Record<string, Move>> = {
  square: (g, pick) => g.unary("Square", pick(0, isLeaf)),
  tanh: (g, pick) => g.unary("Tanh", pick(0, isLeaf)),
  scaled: (g, pick) => g.binary("Multiply", pick(0, isLeaf), pick(1, isScalar)),
  updated: (g, pick) => {
    const x = pick(0, isLeaf);
    return g.binary("Sub", x, g.binary("Multiply", pick(1, isLike(x)), pick(2, isScalar)));
  },
  dense: (g, pick, seed) => {
    const [a, b] = [pick(0, isTall), pick(1, isWide)];
    const n = b.shape[1]!;
    const y = g.node("BatchMatMul", { a, b }, [4, n], { transposeA: false, transposeB: false });
    const row = g.constant([n], sines(n, seed));
    const column = g.constant([4, 1], sines(4, seed));
    return [y, g.binary("Add", y, row), g.binary("Add", y, column), g.unary("Relu", g.binary("Add", y, row))][seed % 4]!; // prettier-ignore
  },
  norm: (g, pick, seed) => {
    const terms = Array.from({ length: mostInputs + 1 }, (_, i) => {
      const x = pick(i % 4, isLeaf);
      return sum(g, seed % 3 > 0 && i % 5 < 4 ? g.unary("Square", x) : x);
    });
    return g.node("AddN", Object.fromEntries(terms.map((term, i) => [String(i), term])), []);
  },
  total: (g, pick) => {
    const leaves = Array.from({ length: mostInputs + 1 }, (_, i) => g.constant([i + 1], sines(i + 1, i)));
    const terms = leaves.map((leaf) => sum(g, g.unary("Square", g.binary("Multiply", leaf, pick(0, isScalar)))));
    return g.node("AddN", Object.fromEntries(terms.map((term, i) => [String(i), term])), []);
  },
};

/** Graphs that do the same to many tensors: updates of leaves, their norm, products of one matrix with many. */
export const leavesGraph: fc.Arbitrary<Case> = fc
  .record({
    choices: fc.array(
      fc.record({
        kind: fc.constantFrom(...Object.keys(moves)),
        picks: fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 20, size: "max" },
    ),
    outputs: fc.array(fc.nat(10), { minLength: 1, maxLength: 5 }),
  })
  .map(({ choices, outputs }) => {
    const g = graphBuilder();
    const shapes = [[5], [5], [3, 1], [1], [4, 3], [4, 3], [3, 5], [3, 4], [3, 1], [], []];
    const inputs = shapes.map((shape) => g.input(shape));
    const made: Use[] = [...inputs];
    for (const { kind, picks } of choices) {
      const pick = (i: number, fits: (x: Use) => boolean = () => true): Use => {
        const those = made.filter(fits);
        return those[picks[i]! % those.length]!;
      };
      made.push(moves[kind]!(g, pick, picks[3]!));
    }
    return {
      graph: g.graph(...outputs.map((i) => made[made.length - 1 - (i % made.length)]!)),
      inputs: inputs.map(({ shape }, i) => sines(placesOf(shape).length, i)),
    };
  });
