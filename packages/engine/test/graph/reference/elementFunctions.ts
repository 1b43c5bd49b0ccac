import type { ElementOp, ElementProgram } from "../../../src/graph/elementwise.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** x rounded to the nearest integer, halves to the even one. */
const roundEven = (x: number): number => {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

/** Abramowitz and Stegun 7.1.26. */
const erf = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
};

type Params = readonly number[];

/** What every instruction computes, in float64. */
export const elementFunctions: Readonly<Record<ElementOp, (args: readonly number[], params: Params) => number>> = {
  add: ([a, b]) => a! + b!,
  sub: ([a, b]) => a! - b!,
  mul: ([a, b]) => a! * b!,
  div: ([a, b]) => a! / b!,
  max: ([a, b]) => Math.max(a!, b!),
  min: ([a, b]) => Math.min(a!, b!),
  squaredDifference: ([a, b]) => (a! - b!) * (a! - b!),
  pow: ([a, b]) => a! ** b!,
  neg: ([x]) => -x!,
  square: ([x]) => x! * x!,
  sqrt: ([x]) => Math.sqrt(x!),
  rsqrt: ([x]) => 1 / Math.sqrt(x!),
  reciprocal: ([x]) => 1 / x!,
  abs: ([x]) => Math.abs(x!),
  sign: ([x]) => Math.sign(x!),
  relu: ([x]) => Math.max(x!, 0),
  step: ([x], [alpha]) => (Number.isNaN(x!) ? NaN : x! > 0 ? 1 : alpha!),
  exp: ([x]) => Math.exp(x!),
  expm1: ([x]) => Math.expm1(x!),
  log: ([x]) => Math.log(x!),
  log1p: ([x]) => Math.log1p(x!),
  sigmoid: ([x]) => sigmoid(x!),
  tanh: ([x]) => Math.tanh(x!),
  silu: ([x]) => x! * sigmoid(x!),
  softplus: ([x]) => Math.log1p(Math.exp(x!)),
  erf: ([x]) => erf(x!),
  sin: ([x]) => Math.sin(x!),
  cos: ([x]) => Math.cos(x!),
  floor: ([x]) => Math.floor(x!),
  ceil: ([x]) => Math.ceil(x!),
  round: ([x]) => roundEven(x!),
  clip: ([x], [low, high]) => Math.min(Math.max(x!, low!), high!),
  scale: ([x], [c]) => x! * c!,
  shift: ([x], [c]) => x! + c!,
  siluGrad: ([dy, x]) => dy! * (sigmoid(x!) * (1 + x! * (1 - sigmoid(x!)))),
  fma: ([a, b, c]) => a! * b! + c!,
  choose: ([c, a, b]) => (c !== 0 ? a! : b!),
};

/** The outputs of a program at one place. */
export const runProgram = (program: ElementProgram, inputs: readonly number[]): readonly number[] => {
  const registers = [...inputs];
  for (const { op, args, params = [] } of program.instructions)
    registers.push(
      elementFunctions[op](
        args.map((register) => registers[register]!),
        params,
      ),
    );
  return program.outputs.map((register) => registers[register]!);
};
