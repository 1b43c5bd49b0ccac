import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ElementProgram, Instruction } from "../../src/graph/elementwise.ts";
import { sizeOf } from "../../src/graph/shapes/sizeOf.ts";
import { declare } from "../../src/shaders/declare.ts";
import { elementwise } from "../../src/shaders/elementwise.ts";
import { runProgram } from "../graph/reference/elementFunctions.ts";
import { drawn } from "../kernels/reference/numbers.ts";
import { broadcastable, repeatedTo, shapes as anyShape } from "./reference/broadcasting.ts";
import { runShading } from "./reference/runShading.ts";

type Shape = readonly number[];

const numbersOf = (shape: Shape, seed: number): Float32Array => drawn(shape, seed).data;

/** Runs a program, and expects each output to be that of float64. */
const check = async (program: ElementProgram, shapes: readonly Shape[], shape: Shape): Promise<void> => {
  const inputs = shapes.map((from, i) => numbersOf(from, i));
  const shading = elementwise(program, shapes, shape);
  expect(shading.outputs).toEqual(program.outputs.map(() => ({ shape, dtype: "float32" })));
  const got = await runShading(shading, inputs);
  const full = inputs.map((numbers, i) => repeatedTo(numbers, shapes[i]!, shape));
  for (let place = 0; place < sizeOf(shape); place++) {
    const values = full.map((numbers) => numbers[place]!);
    runProgram(program, values).forEach((want, i) => {
      if (!(Math.abs(got[i]![place]! - want) <= 1e-5 * (1 + Math.abs(want))))
        expect.fail(`output ${i} at ${place} of ${values.join()} must be ${want}, got ${got[i]![place]}`);
    });
  }
};

/** a·b + tanh(c) and its square. */
const mixed: ElementProgram = {
  inputs: 3,
  instructions: [
    { op: "tanh", args: [2] },
    { op: "fma", args: [0, 1, 3] },
    { op: "square", args: [4] },
  ],
  outputs: [4, 5],
};

const operations = ["add", "sub", "mul", "max", "tanh", "sigmoid", "sin", "clip", "squaredDifference", "relu"] as const;

/** Straight-line programs whose numbers stay small. */
const programs = (inputs: number): fc.Arbitrary<ElementProgram> =>
  fc
    .array(fc.tuple(fc.constantFrom(...operations), fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 })
    .chain((steps) => {
      const instructions = steps.map(([op, a, b], i): Instruction => {
        const two = ["add", "sub", "mul", "max", "squaredDifference"].includes(op);
        const args = (two ? [a, b] : [a]).map((pick) => pick % (inputs + i));
        return { op, args, ...(op === "clip" && { params: [-0.7, 0.9] }) };
      });
      const registers = inputs + instructions.length;
      return fc
        .array(fc.nat(registers - 1), { minLength: 1, maxLength: 3 })
        .map((outputs) => ({ inputs, instructions, outputs: [registers - 1, ...outputs] }));
    });

describe("elementwise", () => {
  test("any program, of inputs that broadcast in any way, is what it is in float64", () =>
    fc.assert(
      fc.asyncProperty(
        anyShape
          .chain((shape) =>
            fc.tuple(fc.constant(shape), fc.array(broadcastable(shape), { minLength: 1, maxLength: 3 })),
          )
          .chain(([shape, shapes]) => fc.tuple(fc.constant(shape), fc.constant(shapes), programs(shapes.length))),
        ([shape, shapes, program]) => check(program, shapes, shape),
      ),
      { numRuns: 100 },
    ));

  test.each<[Shape, Shape, Shape, Shape]>([
    [[3, 5, 7], [7], [5, 1], [3, 5, 7]],
    [[8, 12], [12], [8, 1], [8, 12]],
    [[2, 3, 4, 8], [2, 1, 1, 8], [], [2, 3, 4, 8]],
    [
      [2, 6, 6, 4],
      [1, 6, 1, 4],
      [6, 1],
      [2, 6, 6, 4],
    ],
    [
      [4, 9, 2],
      [9, 2],
      [4, 1, 2],
      [4, 9, 2],
    ],
    [
      [4, 3, 1],
      [1, 3, 1],
      [4, 1, 1],
      [4, 3, 1],
    ],
    [[24], [2, 12], [2, 3, 4], [24]],
    [[1], [1], [], [1, 1]],
    [[], [], [], []],
    [
      [3, 1, 4, 1, 2, 1, 4],
      [1, 2, 1, 3, 1, 4, 1],
      [3, 2, 4, 3, 2, 4, 4],
      [3, 2, 4, 3, 2, 4, 4],
    ],
  ])("of %j, %j and %j makes %j", (a, b, c, shape) => check(mixed, [a, b, c], shape));

  test("more than 65535 workgroups", async () => {
    const size = 65_535 * 256 + 77;
    const x = new Float32Array(size).map((_, i) => i % 1009);
    const program: ElementProgram = { inputs: 1, instructions: [{ op: "neg", args: [0] }], outputs: [1] };
    const [got] = await runShading(elementwise(program, [[size]], [size]), [x]);
    expect(got!.findIndex((value, i) => value !== -x[i]!)).toBe(-1);
  });

  test("an input that is an output is copied", async () => {
    const x = numbersOf([13], 1);
    const [got] = await runShading(elementwise({ inputs: 1, instructions: [], outputs: [0] }, [[13]], [13]), [x]);
    expect(got).toEqual(x);
  });

  test("outputs may be written over inputs of their size, and only those", () => {
    const shading = elementwise(mixed, [[4], [2, 4], [8]], [2, 4]);
    expect(shading.inPlace).toEqual([[1, 0], [1, 1], [2, 0], [2, 1]]); // prettier-ignore
    // then one buffer must have one type
    const [dispatch] = shading.dispatches;
    const sameAs =
      (i: number, j: number) =>
      ({ place }: { readonly place: { readonly in: string; readonly index: number } }) =>
        place.in === "outputs" && place.index === j ? `inputs ${i}` : `${place.in} ${place.index}`;
    for (const [i, j] of shading.inPlace!) expect(declare(dispatch!, sameAs(i, j))).toBeDefined();
  });
});
