import { describe, expect, test } from "vitest";
import type { ElementOp } from "../../src/graph/elementwise.ts";
import { elementwise } from "../../src/shaders/elementwise.ts";
import { elementFunctions } from "../graph/reference/elementFunctions.ts";
import { erf } from "../kernels/reference/erf.ts";
import { runShading } from "./reference/runShading.ts";

type Function64 = (args: readonly number[], params: readonly number[]) => number;

const series = (x: number): number => (2 / Math.sqrt(Math.PI)) * (x - x ** 3 / 3 + x ** 5 / 10);

/** Where the functions of other tests are not right to the last digits of float32. */
const exact: Partial<Readonly<Record<ElementOp, Function64>>> = {
  erf: ([x]) => (Math.abs(x!) < 0.01 ? series(x!) : erf(x!)),
  softplus: ([x]) => (x! > 30 ? x! : Math.log1p(Math.exp(x!))),
};

const signed = (values: readonly number[]): number[] => values.flatMap((value) => [value, -value]);
const pairs = (first: readonly number[], second: readonly number[]): [number, number][] =>
  first.flatMap((a) => second.map((b): [number, number] => [Math.fround(a), Math.fround(b)]));

const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** 23 + 1, 3e38, -3e38];
const sizes = [
  ...[1e-30, 1e-9, 3e-5, 1e-4, 0.01, 0.1, 0.29, 0.33, 0.35, 0.42, 0.5, 0.62, 0.63, 0.99, 1.01, 1.5, 2.5, 3.5],
  ...[3.14159265, 4, 5.5, 7.1, 10, 15.5, 20.25, 30, 44, 60, 80, 87, 88.8, 100, 700, 1000, 12345, 1e10],
];
const walk = Array.from({ length: 600 }, (_, i) => (i - 300) * 0.0417);
const numbers = [...signed(sizes), ...walk, ...special].map(Math.fround);
/** Angles of all the sizes for which digits are left, such as steps of a diffusion. */
const angles = [
  ...numbers.filter((x) => Math.abs(x) < 1e5 || !Number.isFinite(x)),
  ...Array.from({ length: 2000 }, (_, i) => 37 * i),
];
const few = [...signed([1e-6, 0.5, 1.5, 2, 3, 17, 1e5]), ...special];
const bases = [...signed([3e-36, 1e-6, 0.1, 0.999, 0.9999999, 1.0000001, 1.5, 2, 10, 123.4, 1e10]), ...special];
const exponents = [...signed([0.5, 2, 3, 10, 0.1, 7.3, 50, 127, 1000, 12345, 1e9]), ...special];

/** Arguments of ops that have others than the numbers above. */
const argumentsOf: Partial<Readonly<Record<ElementOp, readonly (readonly number[])[]>>> = {
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "max", "min", "squaredDifference"].map((op) => [op, pairs(few, few)]),
  ),
  sin: angles.map((x) => [x]),
  cos: angles.map((x) => [x]),
  pow: pairs(bases, exponents),
  siluGrad: pairs([1.5, -2, 0], numbers),
  fma: pairs(few, few).map(([a, b]) => [a, b, 0.25]),
  choose: pairs(few, few).map(([a, b], i) => [[0, 1, -0.5][i % 3]!, a, b]),
};

const paramsOf: Partial<Readonly<Record<ElementOp, readonly (readonly number[])[]>>> = {
  step: [[0.25], [0]],
  clip: [
    [-0.5, 1.25],
    [0, Infinity],
    [-Infinity, -2],
  ],
  scale: [[-1.7], [Infinity]],
  shift: [[-1.7], [1e39], [NaN]],
};

/** Ops whose results need no rounding. */
const unrounded: readonly ElementOp[] = [
  ...(["max", "min", "neg", "abs", "sign", "relu", "step", "floor", "ceil", "round", "clip"] as const),
];

/** Relative: some ten roundings, of which divisions and roots may take five. */
const bound = 6e-7;
/** Numbers below the normal range, and what is computed from such, may be taken for 0. */
const smallest = 1e-36;

/** Whether a float32 is the number up to an error, or the same infinity, or NaN as well. */
const isNear = (got: number, want: number, error: number): boolean => {
  const rounded = Math.fround(want);
  return Number.isFinite(rounded) ? Math.abs(got - want) <= error : Object.is(got, rounded);
};

describe.each([
  ["one number at a time", 1],
  ["four numbers at a time", 0],
])("%s", (_, rest) => {
  test.each(Object.keys(elementFunctions) as ElementOp[])("%s is what it is in float64", async (op) => {
    const given = [...(argumentsOf[op] ?? numbers.map((x) => [x]))];
    while (given.length % 4 !== rest) given.push(given[0]!);
    const inputs = given[0]!.map((_, i) => Float32Array.from(given, (args) => args[i]!));
    const args = inputs.map((_, i) => i);
    const f = exact[op] ?? elementFunctions[op];
    for (const params of paramsOf[op] ?? [[]]) {
      const program = { inputs: args.length, instructions: [{ op, args, params }], outputs: [args.length] };
      const shapes = inputs.map(() => [given.length]);
      const [got] = await runShading(elementwise(program, shapes, [given.length]), inputs);
      given.forEach((values, i) => {
        const want = f(values, params.map(Math.fround));
        const scale = Math.abs(want) + (op === "siluGrad" ? Math.abs(values[0]!) : 0); // it has a zero
        const error = (unrounded.includes(op) ? 0 : bound * scale) + smallest;
        if (!isNear(got![i]!, want, error))
          expect.fail(`${op}(${values.join()}; ${params.join()}) must be ${want}, got ${got![i]}`);
      });
    }
  });
});

test("angles without digits still give numbers of at most 1", async () => {
  const x = Float32Array.of(3e5, 1e7, 1.5e10, 3e38);
  const instructions = [{ op: "sin", args: [0] } as const, { op: "cos", args: [0] } as const];
  const results = await runShading(elementwise({ inputs: 1, instructions, outputs: [1, 2] }, [[4]], [4]), [x]);
  for (const value of results.flatMap((list) => [...list])) expect(Math.abs(value)).toBeLessThanOrEqual(1);
});
