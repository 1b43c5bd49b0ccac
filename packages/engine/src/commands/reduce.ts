import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Command, type Lowering, float, input, opcodes, output, temporary } from "./lowering.ts";

/** How numbers are brought together. */
export type Reduction = "sum" | "mean" | "max" | "min" | "sumOfSquares";

const numbers = { sum: 0, mean: 0, max: 1, min: 2, sumOfSquares: 3 } as const;

/** Terms of one partial result where few results have many terms. */
const longest = 8192;

/**
 * Reduces axes that are neighbours (besides axes of length 1).
 * @returns undefined where other axes lie between them, or there is nothing to reduce
 */
export const reduce = (x: Shape, axes: readonly number[], kind: Reduction, result: Shape): Lowering | undefined => {
  const real = axes.filter((axis) => x[axis] !== 1);
  const [from, to] = real.length === 0 ? [x.length, x.length] : [real[0]!, real.at(-1)! + 1];
  if (real.some((axis, i) => i > 0 && x.slice(real[i - 1]! + 1, axis).some((n) => n !== 1))) return undefined;
  const [outer, red, inner] = [x.slice(0, from), x.slice(from, to), x.slice(to)].map(sizeOf) as [
    number,
    number,
    number,
  ];
  if (outer * red * inner === 0) return undefined;
  const scale = float(kind === "mean" ? 1 / red : 1);
  const outputs = [{ shape: result, dtype: "float32" as const }];
  const chunk = Math.max(64, Math.min(longest, Math.ceil(red / 32)));
  const whole: Command = {
    opcode: opcodes.reduce,
    words: [input(0), output(0), outer, red, inner, red, numbers[kind], scale],
  };
  if (red <= chunk * 2 || outer * Math.ceil(inner / 512) >= 16)
    return { outputs, temporaries: [], blocks: [], commands: [whole] };
  const chunks = Math.ceil(red / chunk);
  return {
    outputs,
    temporaries: [4 * outer * chunks * inner],
    blocks: [],
    commands: [
      { opcode: opcodes.reduce, words: [input(0), temporary(0), outer, red, inner, chunk, numbers[kind], float(1)] },
      {
        opcode: opcodes.reduce,
        words: [
          ...[temporary(0), output(0), outer, chunks, inner, chunks],
          ...[kind === "sumOfSquares" ? numbers.sum : numbers[kind], scale],
        ],
      },
    ],
  };
};

/** Softmax over the last axis. */
export const softmax = (x: Shape): Lowering | undefined => {
  const n = x.at(-1) ?? 1;
  const rows = sizeOf(x) / n;
  if (!(rows > 0)) return undefined;
  const many = Math.max(1, Math.min(Math.ceil(rows / 8), Math.ceil(4096 / n)));
  return {
    outputs: [{ shape: x, dtype: "float32" }],
    temporaries: [],
    blocks: [],
    commands: [{ opcode: opcodes.softmax, words: [input(0), output(0), rows, n, many] }],
    inPlace: [[0, 0]],
  };
};
