import { activation } from "../activations.ts";
import type { ElementOp, ElementProgram, Instruction } from "../elementwise.ts";
import type { Attrs } from "../graph.ts";

/** One instruction for each kernel of one to three inputs that has no settings. */
const plain: Readonly<Record<string, ElementOp>> = {
  Add: "add",
  Sub: "sub",
  Multiply: "mul",
  RealDiv: "div",
  Maximum: "max",
  Minimum: "min",
  SquaredDifference: "squaredDifference",
  Pow: "pow",
  Neg: "neg",
  Square: "square",
  Sqrt: "sqrt",
  Rsqrt: "rsqrt",
  Reciprocal: "reciprocal",
  Abs: "abs",
  Sign: "sign",
  Relu: "relu",
  Exp: "exp",
  Expm1: "expm1",
  Log: "log",
  Log1p: "log1p",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  Softplus: "softplus",
  Erf: "erf",
  Sin: "sin",
  Cos: "cos",
  Floor: "floor",
  Ceil: "ceil",
  Round: "round",
  Silu: "silu",
  SiluGrad: "siluGrad",
  Choose: "choose",
};

const single = (inputs: number, op: ElementOp, params?: readonly number[]): ElementProgram => ({
  inputs,
  instructions: [{ op, args: Array.from({ length: inputs }, (_, i) => i), ...(params && { params }) }],
  outputs: [inputs],
});

const activated = (name: string, alpha: number | undefined): ElementProgram => {
  const instructions = activation(name, 0, 1, alpha)!;
  return { inputs: 1, instructions, outputs: [instructions.length] };
};

/** ((t0 + t1) + t2) + ..., of registers. */
const sumOf = (inputs: number, before: readonly Instruction[], terms: readonly number[]): ElementProgram => {
  const instructions = [...before];
  const total = terms.reduce((sum, term) => {
    instructions.push({ op: "add", args: [sum, term] });
    return inputs + instructions.length - 1;
  });
  return { inputs, instructions, outputs: [total] };
};

/** More terms than this are added in several programs. */
export const mostInputs = 12;

/** The sum of all inputs, from the first on. */
export const sumProgram = (inputs: number): ElementProgram =>
  sumOf(
    inputs,
    [],
    Array.from({ length: inputs }, (_, i) => i),
  );

/** sum_i coefs[i] x_i as `combine` computes it: coefficient 0 leaves a vector out, 1 does not multiply. */
const combination = (coefs: readonly number[]): ElementProgram | undefined => {
  const scales: Instruction[] = [];
  const terms = coefs.flatMap((coef, i) => {
    if (coef === 0) return [];
    if (coef === 1) return [i];
    scales.push({ op: "scale", args: [i], params: [Math.fround(coef)] });
    return [coefs.length + scales.length - 1];
  });
  return terms.length === 0 ? undefined : sumOf(coefs.length, scales, terms);
};

/**
 * The program of a tfjs kernel, or of one of ours, that works place by place; undefined of all others.
 * @param inputs how many inputs the kernel has, which are the program's
 */
export const elementwiseKernel = (op: string, attrs: Attrs, inputs: number): ElementProgram | undefined => {
  if (Object.hasOwn(plain, op)) return single(inputs, plain[op]!);
  switch (op) {
    case "Step":
      return single(1, "step", [(attrs.alpha as number | undefined) ?? 0]);
    case "ClipByValue":
      return single(1, "clip", [attrs.clipValueMin as number, attrs.clipValueMax as number]);
    case "Relu6":
    case "Elu":
    case "LeakyRelu":
      return activated(op.toLowerCase(), attrs.alpha as number | undefined);
    case "AddN":
      return inputs > mostInputs ? undefined : sumProgram(inputs);
    case "Combine":
      return combination(attrs.coefs as readonly number[]);
    default:
      return undefined;
  }
};

/** The names of all kernels for which {@link elementwiseKernel} has a program. */
export const elementwiseNames: readonly string[] = [
  ...Object.keys(plain),
  ...["Step", "ClipByValue", "Relu6", "Elu", "LeakyRelu", "AddN", "Combine"],
];
