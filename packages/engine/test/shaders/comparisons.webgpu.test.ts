import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dtype, Value } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/graph/shapes/sizeOf.ts";
import { comparison, comparisonNames } from "../../src/shaders/comparisons.ts";
import { broadcastable, repeatedTo, shapes as anyShape } from "./reference/broadcasting.ts";
import { runShading } from "./reference/runShading.ts";

type Shape = readonly number[];
type Numbers = Float32Array | Int32Array;

const value = (shape: Shape, dtype: Dtype = "float32"): Value => ({ shape, dtype });

const floats = [0, -0, 1, -1, 1.5, -2.75, NaN, Infinity, -Infinity, 3e38, 1e-30, 2 ** 24 + 2, -7];
const ints = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1, 7, -7];

/** Every number of a list in turn. */
const filled = (shape: Shape, dtype: Dtype, seed: number): Numbers => {
  const from = dtype === "float32" ? floats : dtype === "int32" ? ints : [0, 1, 1];
  const numbers = Array.from(
    { length: sizeOf(shape) },
    (_, i) => from[(i * (seed + 1) + (i >> 2) + seed) % from.length]!,
  );
  return dtype === "float32" ? Float32Array.from(numbers) : Int32Array.from(numbers);
};

const compared: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Greater: (a, b) => a > b,
  GreaterEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessEqual: (a, b) => a <= b,
  Equal: (a, b) => a === b,
  NotEqual: (a, b) => a !== b,
};

const run = async (op: string, values: readonly Value[], attrs = {}) => {
  const shading = comparison(op, values, attrs)!;
  const inputs = values.map(({ shape, dtype }, i) => filled(shape, dtype, i));
  const [got] = await runShading(shading, inputs);
  return { made: shading.outputs, inputs, got: [...got!] };
};

/** Each pair of numbers, in a row that is a multiple of 4 or is not. */
const table = (dtype: Dtype, extra: number): readonly [Value, Value] => {
  const count = dtype === "float32" ? floats.length : ints.length;
  return [value([count, 1], dtype), value([count + extra], dtype)];
};

describe.each(Object.keys(compared))("%s", (op) => {
  test.each<[Dtype, number]>([
    ["float32", 0],
    ["float32", 3],
    ["int32", 0],
    ["int32", 1],
  ])("of each %s with each (%i more)", async (dtype, extra) => {
    const [a, b] = table(dtype, extra);
    const { made, inputs, got } = await run(op, [a, b]);
    const shape = [a.shape[0]!, b.shape[0]!];
    expect(made).toEqual([{ shape, dtype: "bool" }]);
    const [x, y] = inputs.map((numbers, i) => repeatedTo(numbers, [a, b][i]!.shape, shape));
    expect(got).toEqual(x!.map((v, i) => Number(compared[op]!(v, y![i]!))));
  });

  test("has no shader for two types", () =>
    expect(comparison(op, [value([2]), value([2], "int32")], {})).toBeUndefined());
});

test("inputs of comparisons broadcast in every pattern", () =>
  fc.assert(
    fc.asyncProperty(
      anyShape.chain((shape) => fc.tuple(fc.constant(shape), broadcastable(shape))),
      fc.boolean(),
      async ([shape, other], swapped) => {
        const from = other.length === 1 && shape.length > 1 && other[0] !== shape.at(-1) ? shape : other; // no flat ones
        const shapes = swapped ? [from, shape] : [shape, from];
        const { made, inputs, got } = await run("Less", shapes.map((s) => value(s))); // prettier-ignore
        const [x, y] = inputs.map((numbers, i) => repeatedTo(numbers, shapes[i]!, shape));
        expect(made[0]!.shape).toEqual(shape);
        expect(got).toEqual(x!.map((v, i) => Number(v < y![i]!)));
      },
    ),
    { numRuns: 40 },
  ));

describe("logic", () => {
  const [a, b] = [value([2, 3, 4], "bool"), value([3, 1], "bool")];

  test.each<[string, (x: number, y: number) => boolean]>([
    ["LogicalAnd", (x, y) => x !== 0 && y !== 0],
    ["LogicalOr", (x, y) => x !== 0 || y !== 0],
  ])("%s", async (op, f) => {
    const { made, inputs, got } = await run(op, [a, b]);
    expect(made).toEqual([a]);
    const [x, y] = inputs.map((numbers, i) => repeatedTo(numbers, [a, b][i]!.shape, a.shape));
    expect(got).toEqual(x!.map((v, i) => Number(f(v, y![i]!))));
  });

  test.each([[[5]], [[8]]])("LogicalNot of %j", async (shape) => {
    const { made, inputs, got } = await run("LogicalNot", [value(shape, "bool")]);
    expect(made).toEqual([value(shape, "bool")]);
    expect(got).toEqual([...inputs[0]!].map((x) => Number(x === 0)));
  });
});

describe.each([13, 28])("of %i numbers", (count) => {
  test.each<[string, (x: number) => boolean]>([
    ["IsFinite", Number.isFinite],
    ["IsNan", Number.isNaN],
    ["IsInf", (x) => Math.abs(x) === Infinity],
  ])("%s", async (op, f) => {
    const { made, inputs, got } = await run(op, [value([count])]);
    expect(made).toEqual([value([count], "bool")]);
    expect(got).toEqual([...inputs[0]!].map((x) => Number(f(x))));
  });

  const saturated = (x: number): number => Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 128);

  test.each<[Dtype, Dtype, (x: number) => number]>([
    ["float32", "float32", (x) => x],
    ["float32", "int32", (x) => (Number.isNaN(x) ? 0 : saturated(x) + 0)],
    ["float32", "bool", (x) => (x === 0 ? 0 : 1)],
    ["int32", "float32", Math.fround],
    ["int32", "int32", (x) => x],
    ["int32", "bool", (x) => (x === 0 ? 0 : 1)],
    ["bool", "float32", (x) => x],
    ["bool", "int32", (x) => x],
    ["bool", "bool", (x) => x],
  ])("Cast from %s to %s", async (from, to, f) => {
    const { made, inputs, got } = await run("Cast", [value([count], from)], { dtype: to });
    expect(made).toEqual([value([count], to)]);
    expect(got).toEqual(Array.from(inputs[0]!, f));
  });
});

test("results may be written over inputs that are read as words of the same type", () => {
  const pairs = (op: string, dtype: Dtype, to?: Dtype) =>
    comparison(op, [value([2, 4], dtype), value([4], dtype)], { dtype: to })!.inPlace;
  expect(pairs("Cast", "float32", "int32")).toEqual([]);
  expect(pairs("Cast", "bool", "int32")).toEqual([[0, 0]]);
  expect(pairs("Less", "float32")).toEqual([]);
  expect(pairs("Less", "int32")).toEqual([[0, 0]]);
});

test("Cast to other types has no shader", () => {
  expect(comparison("Cast", [value([2])], { dtype: "complex64" })).toBeUndefined();
});

describe("Select", () => {
  test.each<[Shape, Shape, Dtype]>([
    [[3, 5], [3, 5], "float32"],
    [[4, 4], [4, 4], "int32"],
    [[4, 4], [4, 4], "bool"],
    [[7], [7], "float32"],
    [[], [6], "float32"],
  ])("a condition %j between numbers %j of %s", async (shape, of, dtype) => {
    const { made, inputs, got } = await run("Select", [value(shape, "bool"), value(of, dtype), value(of, dtype)]);
    expect(made).toEqual([value(of, dtype)]);
    const [condition, t, e] = inputs as [Numbers, Numbers, Numbers];
    const holds = repeatedTo(condition, shape, of);
    expect(got).toEqual(holds.map((h, i) => (h !== 0 ? t : e)[i]));
  });

  test.each<[Shape]>([[[5, 3, 3]], [[3, 3]], [[8, 4]], [[2, 2, 2]]])("a condition for each row of %j", async (of) => {
    const { made, inputs, got } = await run("Select", [value([of[0]!], "bool"), value(of), value(of)]);
    expect(made).toEqual([value(of)]);
    const [condition, t, e] = inputs as [Numbers, Numbers, Numbers];
    const row = sizeOf(of) / of[0]!;
    expect(got).toEqual(Array.from(t, (x, i) => (condition[Math.floor(i / row)]! !== 0 ? x : e[i])));
  });

  test("has no shader for two types", () =>
    expect(comparison("Select", [value([2], "bool"), value([2]), value([2], "int32")], {})).toBeUndefined());
});

test("only kernels of these names have shaders here", () => {
  const three = (dtype: Dtype) => [value([2], dtype), value([2], dtype), value([2], dtype)];
  const has = (op: string) =>
    (["float32", "bool"] as const).some((dtype) => comparison(op, three(dtype), { dtype }) !== undefined);
  expect(comparisonNames).toHaveLength(14);
  expect([...comparisonNames, "Add", "Where"].filter(has)).toEqual(comparisonNames);
});
