import fc from "fast-check";
import { expect, test } from "vitest";
import type { ElementProgram, Instruction } from "../../src/graph/elementwise.ts";
import { registerPressure } from "../../src/graph/programs/registerPressure.ts";
import { removeUnusedInputs } from "../../src/graph/programs/removeUnusedInputs.ts";
import { showProgram } from "../../src/graph/programs/showProgram.ts";
import { simplifyProgram } from "../../src/graph/programs/simplifyProgram.ts";
import { runProgram } from "./reference/elementFunctions.ts";

const inputs = 3;
const binary = ["add", "mul", "sub", "max"] as const;
const unary = ["sigmoid", "square", "neg", "sin"] as const;

/** Programs in which sigmoids, products and sums are frequent. */
const programs: fc.Arbitrary<ElementProgram> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...binary, ...unary, "scale" as const), fc.nat(99), fc.nat(99)), {
      minLength: 1,
      maxLength: 20,
      size: "max",
    }),
    fc.array(fc.nat(99), { minLength: 1, maxLength: 3 }),
  )
  .map(([choices, outputs]) => {
    const instructions = choices.map(([op, a, b], i): Instruction => {
      const args = [a % (inputs + i), inputs + i - 1 - (b % Math.min(inputs + i, 4))];
      if (op === "scale") return { op, args: [args[0]!], params: [(b % 3) - 1] };
      return { op, args: (binary as readonly string[]).includes(op) ? args : [args[1]!] };
    });
    return { inputs, instructions, outputs: outputs.map((output) => output % (inputs + instructions.length)) };
  });

test("a simplified program computes the same, bit for bit but for fma's rounding, in no more instructions", () =>
  fc.assert(
    fc.property(programs, (program) => {
      const simple = simplifyProgram(program);
      const numbers = [0.3, -1.25, 2];
      expect(runProgram(simple, numbers)).toEqual(runProgram(program, numbers));
      expect(simple.instructions.length).toBeLessThanOrEqual(program.instructions.length);
      expect(simplifyProgram(simple)).toEqual(simple);
      expect(simplifyProgram(program, { fma: false }).instructions.some(({ op }) => op === "fma")).toBe(false);
    }),
    { numRuns: 500 },
  ));

const program = (
  count: number,
  instructions: readonly Instruction[],
  ...outputs: readonly number[]
): ElementProgram => ({
  inputs: count,
  instructions,
  outputs,
});

test.each<[string, ElementProgram, string]>([
  [
    "x * sigmoid(x) is silu",
    program(1, [{ op: "sigmoid", args: [0] }, { op: "mul", args: [1, 0] }], 2), // prettier-ignore
    "silu(x0)",
  ],
  [
    "x * sigmoid(x) is not silu if the sigmoid is needed too",
    program(1, [{ op: "sigmoid", args: [0] }, { op: "mul", args: [0, 1] }], 2, 1), // prettier-ignore
    "t0 = sigmoid(x0); (x0 * t0), t0",
  ],
  [
    "y * sigmoid(x) is not silu",
    program(2, [{ op: "sigmoid", args: [0] }, { op: "mul", args: [1, 2] }], 3), // prettier-ignore
    "(x1 * sigmoid(x0))",
  ],
  [
    "c + a * b is fma",
    program(3, [{ op: "mul", args: [0, 1] }, { op: "add", args: [2, 3] }], 4), // prettier-ignore
    "fma(x0, x1, x2)",
  ],
  [
    "a^2 + b is fma",
    program(2, [{ op: "square", args: [0] }, { op: "add", args: [2, 1] }], 3), // prettier-ignore
    "fma(x0, x0, x1)",
  ],
  [
    "a product that is needed twice is computed once",
    program(2, [{ op: "mul", args: [0, 1] }, { op: "mul", args: [1, 0] }, { op: "add", args: [2, 3] }], 4), // prettier-ignore
    "t0 = (x0 * x1); (t0 + t0)",
  ],
  [
    "adding -0 is not adding 0",
    program(1, [{ op: "shift", args: [0], params: [0] }, { op: "shift", args: [0], params: [-0] }], 1, 2), // prettier-ignore
    "(x0 + 0), (x0 + 0)",
  ],
  ["nothing is multiplied by 1", program(1, [{ op: "scale", args: [0], params: [1] }], 1), "x0"],
  ["what no output needs is gone", program(1, [{ op: "exp", args: [0] }, { op: "neg", args: [0] }], 2), "-x0"], // prettier-ignore
])("%s", (_, before, after) => expect(showProgram(simplifyProgram(before))).toBe(after));

test("a product is not joined with its sum if its factors would then be held too long", () => {
  const others = Array.from({ length: 13 }, (_, i) => i + 2);
  const before: Instruction[] = [
    { op: "mul", args: [0, 1] },
    ...others.map((x) => ({ op: "sin" as const, args: [x] })),
  ];
  const first = 15 + 1;
  const sum: Instruction = { op: "add", args: [15, first] };
  const after = others.slice(1).map((_, i): Instruction => ({ op: "add", args: [first + i + 1, 15 + 14 + i] }));
  const wide = program(15, [...before, sum, ...after], 15 + 26);
  expect(registerPressure(wide)).toBe(14);
  expect(simplifyProgram(wide)).toEqual(wide);
});

test("inputs that are not used are left out, from a given one on", () => {
  const sum = program(4, [{ op: "add", args: [1, 3] }], 4);
  expect(removeUnusedInputs(sum)).toEqual({ program: program(2, [{ op: "add", args: [0, 1] }], 2), kept: [1, 3] });
  expect(removeUnusedInputs(sum, 1).kept).toEqual([0, 1, 3]);
});

/** Runs a program on a machine of a few registers, which loads late, frees early and stores at once; false if it is too small. */
const runsOn = (registers: number, { inputs: count, instructions, outputs }: ElementProgram): boolean => {
  const held = new Set<number>();
  const neededLater = (register: number, time: number): boolean =>
    instructions.slice(time).some(({ args }) => args.includes(register));
  if (outputs.some((register) => register < count) && registers < 1) return false;
  return instructions.every(({ args }, time) => {
    args.forEach((register) => held.add(register));
    if (held.size > registers) return false;
    for (const register of held) if (!neededLater(register, time + 1)) held.delete(register);
    if (held.size + 1 > registers) return false;
    if (neededLater(count + time, time + 1)) held.add(count + time);
    return true;
  });
};

test("registerPressure is the size of the smallest machine that runs a program", () =>
  fc.assert(
    fc.property(programs, (program) => {
      const pressure = registerPressure(program);
      expect(runsOn(pressure, program)).toBe(true);
      expect(runsOn(pressure - 1, program)).toBe(false);
    }),
  ));
