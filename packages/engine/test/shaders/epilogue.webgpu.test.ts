import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Epilogue } from "../../src/commands/epilogue.ts";
import type { ElementProgram } from "../../src/graph/elementwise.ts";
import { sizeOf } from "../../src/graph/shapes/sizeOf.ts";
import type { ElementType } from "../../src/shaders/elementFunctions.ts";
import { epilogueText } from "../../src/shaders/epilogue.ts";
import { functionsText } from "../../src/shaders/programText.ts";
import { entry, groupsOf, input, output, type Shading } from "../../src/shaders/shading.ts";
import { runProgram } from "../graph/reference/elementFunctions.ts";
import { drawn } from "../kernels/reference/numbers.ts";
import { broadcastable, repeatedTo, shapes as anyShape } from "./reference/broadcasting.ts";
import { runShading } from "./reference/runShading.ts";

type Shape = readonly number[];

/** A kernel that copies rows of channels, and does the epilogue to each number, or to four at once. */
const copying = (epilogue: Epilogue | undefined, shape: Shape, type: ElementType): Shading => {
  const finish = epilogueText(epilogue, shape, type, 1);
  const width = type === "f32" ? 1 : 4;
  const columns = (shape.at(-1) ?? 1) / width;
  const places = sizeOf(shape) / width;
  const n = width === 1 ? `place % ${columns}u` : `4u * (place % ${columns}u)`;
  const body = `  let place = group * 64u + local;
  if (place >= ${places}u) { return; }
  y[place] = ${finish.apply("x[place]", `place / ${columns}u`, n)};`;
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [],
    tables: [],
    dispatches: [
      {
        variables: [input(0, "x", type), output(0, "y", type), ...finish.variables],
        body: functionsText(finish.functions) + entry(64, body),
        groups: groupsOf(Math.ceil(places / 64)),
      },
    ],
  };
};

/** silu(x) + a - b·x, of a result and two inputs. */
const program: ElementProgram = {
  inputs: 3,
  instructions: [
    { op: "silu", args: [0] },
    { op: "add", args: [3, 1] },
    { op: "mul", args: [2, 0] },
    { op: "sub", args: [4, 5] },
  ],
  outputs: [6],
};

const check = async (shapes: readonly Shape[], shape: Shape): Promise<void> => {
  const inputs = [shape, ...shapes].map((from, i) => drawn(from, i).data);
  const full = inputs.map((numbers, i) => (i === 0 ? [...numbers] : repeatedTo(numbers, shapes[i - 1]!, shape)));
  const types: ElementType[] = (shape.at(-1) ?? 1) % 4 === 0 ? ["f32", "vec4<f32>"] : ["f32"];
  for (const type of types) {
    const [got] = await runShading(copying({ program, shapes }, shape, type), inputs);
    got!.forEach((value, place) => {
      const [want] = runProgram(program, full.map((numbers) => numbers[place]!)); // prettier-ignore
      if (!(Math.abs(value - want!) <= 1e-5)) expect.fail(`${type} at ${place} must be ${want}, got ${value}`);
    });
  }
};

describe("an epilogue sees its inputs at the result's row and column", () => {
  test("in every pattern of broadcasting", () =>
    fc.assert(
      fc.asyncProperty(
        anyShape.chain((shape) => fc.tuple(fc.constant(shape), broadcastable(shape), broadcastable(shape))),
        ([shape, a, b]) => check([a, b], shape),
      ),
      { numRuns: 100 },
    ));

  test.each<[Shape, Shape, Shape]>([
    [[12], [], [2, 3, 5, 12]],
    [
      [2, 1, 1, 8],
      [2, 3, 5, 8],
      [2, 3, 5, 8],
    ],
    [
      [2, 3, 5, 1],
      [1, 3, 1, 4],
      [2, 3, 5, 4],
    ],
    [
      [2, 1, 5, 1],
      [30, 7],
      [2, 3, 5, 7],
    ],
    [[1, 1], [6], [6]],
    [
      [2, 40],
      [5, 1, 1],
      [5, 4, 4],
    ],
  ])("%j and %j in %j", (a, b, shape) => check([a, b], shape));
});

test("inputs that the program does not use are no variables", async () => {
  const [x, b] = [drawn([2, 4], 1).data, drawn([4], 2).data];
  const instructions = [{ op: "add", args: [0, 2] } as const];
  const shading = copying({ program: { inputs: 3, instructions, outputs: [3] }, shapes: [[], [4]] }, [2, 4], "f32");
  const [got] = await runShading(shading, [x, Float32Array.of(7), b]);
  expect(got).toEqual(x.map((value, i) => value + b[i % 4]!));
});

test("buffers that are the same may be renamed, whatever functions call their arguments", async () => {
  const b = drawn([4], 2).data;
  const instructions = [{ op: "pow", args: [0, 1] } as const];
  const made = copying({ program: { inputs: 2, instructions, outputs: [2] }, shapes: [[4]] }, [2, 4], "vec4<f32>");
  const [dispatch] = made.dispatches;
  const place = { in: "outputs", index: 0 } as const;
  const variables = dispatch!.variables.map((variable) => (variable.name === "x" ? { ...variable, place } : variable));
  const [got] = await runShading({ ...made, dispatches: [{ ...dispatch!, variables }] }, [new Float32Array(8), b]);
  got!.forEach((value, i) => expect(value / 1234.5 ** b[i % 4]!).toBeCloseTo(1, 5)); // what runShading fills outputs with
});

test("without an epilogue results are as they are", async () => {
  const x = drawn([3, 4], 1).data;
  const [got] = await runShading(copying(undefined, [3, 4], "vec4<f32>"), [x]);
  expect(got).toEqual(x);
});

test("rows of channels that do not divide by 4 have no fours", () => {
  expect(() => epilogueText({ program, shapes: [[6], []] }, [2, 6], "vec4<f32>", 1)).toThrow(
    /channels in fours, got 6/,
  );
});
