import type { ElementOp, ElementProgram } from "../graph/elementwise.ts";
import type { Shape } from "../graph/graph.ts";
import { mostInputs, sumProgram } from "../graph/passes/elementwiseKernels.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Lowering, type Place, type Word, block, float, input, opcodes, output } from "./lowering.ts";

/** The machine's numbers of the ops, as in `assembly/elementwise.ts`. */
const numbers: Readonly<Record<ElementOp | "copy", number>> = Object.fromEntries(
  (
    [
      ...["add", "sub", "mul", "div", "max", "min", "squaredDifference", "pow"],
      ...["neg", "square", "sqrt", "rsqrt", "reciprocal", "abs", "sign", "relu", "step"],
      ...["exp", "expm1", "log", "log1p", "sigmoid", "tanh", "silu", "softplus", "erf", "sin", "cos"],
      ...["floor", "ceil", "round", "clip", "scale", "shift", "siluGrad", "fma", "choose", "copy"],
    ] as const
  ).map((op, i) => [op, i]),
) as Readonly<Record<ElementOp | "copy", number>>;

const kinds = { full: 0, scalar: 1, gathered: 2 } as const;
const mostAxes = 6;
const mostRegisters = 60;

/** Neighbouring axes as one where they can be walked as one, from the innermost on: [length, stride in numbers]. */
export const collapse = (lengths: readonly number[], strides: readonly number[]): (readonly [number, number])[] => {
  const axes: [number, number][] = [];
  for (let i = lengths.length - 1; i >= 0; i--) {
    const [length, stride] = [lengths[i]!, strides[i]!];
    if (length === 1) continue;
    const last = axes.at(-1);
    if (last !== undefined && stride === last[1] * last[0]) last[0] *= length;
    else axes.push([length, stride]);
  }
  return axes.length === 0 ? [[1, 1]] : axes;
};

/** Row-major strides; 0 where an axis of length 1 is repeated. */
const broadcastStrides = (shape: Shape, to: Shape): number[] => {
  const strides: number[] = [];
  let step = 1;
  for (let i = to.length - 1, j = shape.length - 1; i >= 0; i--, j--) {
    const length = j < 0 ? 1 : shape[j]!;
    strides[i] = length === 1 ? 0 : step;
    step *= length;
  }
  return strides;
};

const inputWords = (place: Place, shape: Shape, to: Shape): readonly Word[] | undefined => {
  const words: Word[] = new Array<Word>(16).fill(0);
  words[0] = place;
  const size = sizeOf(shape);
  if (size === sizeOf(to)) return words; // kind 0
  if (size === 1) {
    words[1] = kinds.scalar;
    return words;
  }
  const axes = collapse(to, broadcastStrides(shape, to));
  if (axes.length > mostAxes) return undefined;
  words[1] = kinds.gathered;
  words[2] = axes.length;
  axes.forEach(([length, stride], i) => {
    words[3 + i] = length;
    words[9 + i] = stride;
  });
  return words;
};

/** Gives every instruction a register that nothing needs any more; the inputs keep theirs. */
const registers = ({ inputs, instructions, outputs }: ElementProgram): readonly number[] => {
  const lastUse = new Map<number, number>();
  instructions.forEach(({ args }, i) => args.forEach((arg) => lastUse.set(arg, i)));
  outputs.forEach((register) => lastUse.set(register, Infinity));
  const free: number[] = [];
  const given: number[] = Array.from({ length: inputs }, (_, i) => i);
  let next = inputs;
  instructions.forEach(({ args }, i) => {
    const target = free.pop() ?? next++;
    given.push(target);
    for (const arg of new Set(args)) if (arg >= inputs && lastUse.get(arg) === i) free.push(given[arg]!);
    if (!lastUse.has(inputs + i)) free.push(target);
  });
  return given;
};

/**
 * A program's block of words.
 * @param shape of the outputs
 * @param inputs where each input lies, and its shape
 * @param outputs where each output goes
 * @returns undefined if the machine cannot broadcast an input or has too few registers
 */
export const programBlock = (
  program: ElementProgram,
  shape: Shape,
  inputs: readonly (readonly [Place, Shape])[],
  outputs: readonly Place[],
): readonly Word[] | undefined => {
  const copied = program.outputs.some((register) => register < program.inputs);
  const full = copied ? withCopies(program) : program;
  const loads = inputs.map(([place, from]) => inputWords(place, from, shape));
  if (loads.some((words) => words === undefined)) return undefined;
  const given = registers(full);
  if (Math.max(...given) >= mostRegisters) return undefined;
  const last = full.inputs + full.instructions.length - 1;
  const code = full.instructions.flatMap(({ op, args, params = [] }, i): Word[] => {
    const writes = full.inputs + i === last ? full.outputs.indexOf(last) : -1;
    const [a = 0, b = a, c = a] = args.map((arg) => given[arg]!);
    return [
      ...[numbers[op], given[full.inputs + i]!, a, b, c],
      ...[float(params[0] ?? 0), float(params[1] ?? 0)],
      writes < 0 ? 0 : outputs[writes]!,
    ];
  });
  const results = full.outputs.flatMap((register, i): Word[] => [given[register]!, outputs[i]!, 0, 0]);
  return [
    ...[full.inputs, full.instructions.length, full.outputs.length, sizeOf(shape)],
    ...loads.flatMap((words) => words!),
    ...code,
    ...results,
  ];
};

/** Outputs that are inputs become copies. */
const withCopies = (program: ElementProgram): ElementProgram => {
  const instructions = [...program.instructions];
  const outputs = program.outputs.map((register) => {
    if (register >= program.inputs) return register;
    instructions.push({ op: "copy" as ElementOp, args: [register] });
    return program.inputs + instructions.length - 1;
  });
  return { ...program, instructions, outputs };
};

/** Numbers of one task: a whole number of the machine's blocks. */
const grain = (size: number, instructions: number): number => {
  const wanted = instructions > 4 ? 4096 : 16384;
  return Math.max(1024, Math.min(wanted, Math.ceil(size / 8 / 256) * 256));
};

/** A program on whole tensors. */
export const elementwise = (program: ElementProgram, shapes: readonly Shape[], shape: Shape): Lowering | undefined => {
  const size = sizeOf(shape);
  const words = programBlock(
    program,
    shape,
    shapes.map((from, i) => [input(i), from]),
    program.outputs.map((_, i) => output(i)),
  );
  if (words === undefined) return undefined;
  const whole = shapes.flatMap((from, i) => (sizeOf(from) === size ? [i] : []));
  return {
    outputs: program.outputs.map(() => ({ shape, dtype: "float32" })),
    temporaries: [],
    blocks: [words],
    commands: [{ opcode: opcodes.elementwise, words: [block(0), size, grain(size, program.instructions.length)] }],
    inPlace: whole.flatMap((i) => program.outputs.map((_, j) => [i, j] as const)),
  };
};

/** The sum of many tensors of one shape, some at a time: the result takes part in each sum after the first. */
export const longSum = (count: number, shape: Shape): Lowering => {
  const size = sizeOf(shape);
  const blocks: (readonly Word[])[] = [];
  for (let first = 0; first < count;) {
    const some = Math.min(count - first, first === 0 ? mostInputs : mostInputs - 1);
    const terms = Array.from({ length: some }, (_, i) => [input(first + i), shape] as const);
    const inputs = first === 0 ? terms : [[output(0), shape] as const, ...terms];
    blocks.push(programBlock(sumProgram(inputs.length), shape, inputs, [output(0)])!);
    first += some;
  }
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [],
    blocks,
    commands: blocks.map((_, i) => ({ opcode: opcodes.elementwise, words: [block(i), size, grain(size, mostInputs)] })),
  };
};
