import fc from "fast-check";
import type { Graph, Shape, Use } from "../../../src/graph/graph.ts";
import { broadcastShape, graphBuilder, type GraphBuilder, seenAs } from "./graphBuilder.ts";
import type { Numbers } from "./kernels.ts";

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** A kernel, and numbers that decide what it is applied to and how. */
type Choice = { readonly kind: string; readonly picks: readonly number[] };

/** Adds something to a graph, made of what is there. */
type Move = (g: GraphBuilder, pick: (i: number) => Use, picks: readonly number[]) => Use;

const unary =
  (op: string): Move =>
  (g, pick) =>
    g.unary(op, pick(0));

/** Of a and b, or of a and b seen with a's shape, or of a alone. */
const binary =
  (op: string): Move =>
  (g, pick) => {
    const [a, b] = [pick(0), pick(1)];
    if (broadcastShape(a.shape, b.shape) !== undefined) return g.binary(op, a, b);
    return g.binary(op, a, sizeOf(a.shape) === sizeOf(b.shape) ? seenAs(b, a.shape) : a);
  };

/** Shapes that axes of a shape can be cut into, or joined to. */
const otherShapes = (shape: Shape): readonly Shape[] => {
  const size = sizeOf(shape);
  const cuts = shape.flatMap((length, axis) =>
    [2, 3]
      .filter((factor) => length % factor === 0)
      .map((factor) => [...shape.slice(0, axis), length / factor, factor, ...shape.slice(axis + 1)]),
  );
  const joins = shape.slice(1).map((length, i) => [...shape.slice(0, i), shape[i]! * length, ...shape.slice(i + 2)]);
  return [[size], [1, ...shape], [...shape, 1], ...cuts, ...joins].filter(({ length }) => length <= 5);
};

const permutation = (rank: number, seed: number): readonly number[] => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return Array.from({ length: rank }, (_, i) => axes.splice((seed * (i + 7) + i) % axes.length, 1)[0]!);
};

const transpose: Move = (g, pick, [, , seed]) => {
  const x = pick(0);
  const { length } = x.shape;
  const last = [...Array(Math.max(length - 2, 0)).keys(), length - 1, length - 2];
  const perm = seed! % 3 === 0 && length >= 2 ? last : permutation(length, seed!);
  return g.node(
    "Transpose",
    { x },
    perm.map((axis) => x.shape[axis]!),
    { perm },
  );
};

/** a times a value of the same inner length, or times itself transposed. */
const product: Move = (g, pick, [, , seed]) => {
  const first = pick(0);
  const a = first.shape.length >= 2 ? first : seenAs(first, [1, sizeOf(first.shape)]);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const batch = a.shape.slice(0, -2);
  const other = pick(1);
  const n = sizeOf(other.shape) / k / sizeOf(batch);
  const transposeB = seed! % 2 === 0;
  if (Number.isInteger(n) && n > 0) {
    const b = seenAs(other, [...batch, ...(transposeB ? [n, k] : [k, n])]);
    return g.node("BatchMatMul", { a, b }, [...batch, m, n], { transposeA: false, transposeB });
  }
  return g.node("BatchMatMul", { a, b: a }, [...batch, m, m], { transposeA: false, transposeB: true });
};

const convolution: Move = (g, pick, [, , seed]) => {
  const x = pick(0);
  const shape = [1, 1, 1, 1, ...x.shape].slice(-4) as [number, number, number, number];
  const channels = shape[3];
  const size = 1 + (seed! % 2) * 2;
  const length = size * size * channels * 2;
  const filter = g.constant(
    [size, size, channels, 2],
    Array.from({ length }, (_, i) => ((i * 7) % 5) / 4 - 0.5),
  );
  return g.node(
    "Conv2D",
    { x: seenAs(x, [sizeOf(x.shape) / shape[1] / shape[2] / shape[3], shape[1], shape[2], channels]), filter },
    [sizeOf(x.shape) / shape[1] / shape[2] / shape[3], shape[1], shape[2], 2],
    { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 },
  );
};

const reduce: Move = (g, pick, [, , seed]) => {
  const x = pick(0);
  if (x.shape.length === 0) return x;
  const axis = seed! % x.shape.length;
  const shape = seed! % 2 === 0 ? x.shape.toSpliced(axis, 1) : x.shape.with(axis, 1);
  return g.node("Sum", { x }, shape, { axis: [axis], keepDims: seed! % 2 !== 0 });
};

const moves: Readonly<Record<string, Move>> = {
  ...Object.fromEntries(["Neg", "Abs", "Relu", "Sigmoid", "Tanh", "Sin", "Silu"].map((op) => [op, unary(op)])),
  ...Object.fromEntries(["Add", "Sub", "Multiply", "Maximum", "SquaredDifference"].map((op) => [op, binary(op)])),
  AddN: (g, pick) => {
    const x = pick(0);
    return g.node("AddN", { 0: x, 1: g.unary("Sin", x), 2: x }, x.shape);
  },
  Combine: (g, pick) => {
    const x = pick(0);
    return g.node("Combine", { 0: x, 1: g.unary("Sin", x) }, x.shape, { coefs: [0.5, -2] });
  },
  swish: (g, pick) => {
    const x = pick(0);
    return g.binary("Multiply", x, g.unary("Sigmoid", x));
  },
  halve: (g, pick) => g.binary("RealDiv", pick(0), g.constant([], [2])),
  fromOne: (g, pick) => g.binary("Sub", g.constant([], [1]), pick(0)),
  Clip: (g, pick) => {
    const x = pick(0);
    return g.node("ClipByValue", { x }, x.shape, { clipValueMin: -1, clipValueMax: 0.5 });
  },
  reshape: (_, pick, [, , seed]) => {
    const x = pick(0);
    const shapes = otherShapes(x.shape);
    return seenAs(x, shapes[seed! % shapes.length]!);
  },
  transpose,
  product,
  convolution,
  reduce,
  Cast: (g, pick) => g.node("Cast", { x: pick(0) }, pick(0).shape, { dtype: "float32" }),
  Slice: (g, pick) => {
    const x = pick(0);
    return g.node("Slice", { x }, x.shape, { begin: x.shape.map(() => 0), size: x.shape });
  },
};

/** Moves that only elementwise kernels, and reshapes, are made of. */
const elementwise = Object.keys(moves).filter(
  (kind) => !["transpose", "product", "convolution", "reduce", "Cast", "Slice"].includes(kind),
);

const shapes: readonly Shape[] = [[2, 3, 4], [4], [3, 1], [2, 1, 1], [24], [2, 12], [], [6, 4], [3, 4]];

/** Shapes of inputs, choices, and which values are given to the caller. */
type Recipe = {
  readonly inputs: readonly number[];
  readonly choices: readonly Choice[];
  readonly outputs: readonly number[];
};

/** A graph with numbers for its inputs, in which outputs may be inputs, constants, and the same value twice. */
export type Case = { readonly graph: Graph; readonly inputs: readonly Numbers[] };

const numbersOf = (size: number, seed: number): Numbers =>
  Array.from({ length: size }, (_, i) => Math.sin(1 + i * 1.7 + seed * 5.3) * 1.5);

const cook = ({ inputs, choices, outputs }: Recipe): Case => {
  const g = graphBuilder();
  const given = inputs.map((i) => g.input(shapes[i % shapes.length]!));
  const made: Use[] = [...given, g.constant([4], [0.5, -1, 2, 0.25])];
  for (const { kind, picks } of choices) {
    // Recent values are picked more often: chains are what passes look for.
    const pick = (i: number): Use => made[made.length - 1 - (picks[i]! % Math.min(made.length, 3 + (picks[i]! % 9)))]!;
    const use = moves[kind]!(g, pick, picks);
    if (sizeOf(use.shape) <= 200) made.push(use);
  }
  const returned = outputs.map((i) => made[made.length - 1 - (i % made.length)]!);
  return {
    graph: g.graph(...returned),
    inputs: given.map((use, i) => numbersOf(sizeOf(use.shape), i)),
  };
};

const recipes = (kinds: readonly string[]): fc.Arbitrary<Recipe> =>
  fc.record({
    inputs: fc.array(fc.nat(shapes.length - 1), { minLength: 1, maxLength: 4 }),
    choices: fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        picks: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
      }),
      { maxLength: 25, size: "max" },
    ),
    outputs: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
  });

/** Graphs of all kernels that the reference knows. */
export const anyGraph: fc.Arbitrary<Case> = recipes(Object.keys(moves)).map(cook);

/** Graphs of elementwise kernels and reshapes. */
export const elementwiseGraph: fc.Arbitrary<Case> = recipes(elementwise).map(cook);
