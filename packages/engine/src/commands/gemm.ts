import { type Epilogue, epilogueBlocks } from "./epilogue.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Command, type Lowering, block, input, opcodes, output, temporary } from "./lowering.ts";

/** Bytes of packed panels of a matrix [k, n]. */
export const panelBytes = (k: number, n: number): number => Math.ceil(n / 8) * k * 32;

/** Rows and columns of a task: its part of A fits the second cache, and there are enough tasks for all threads. */
export const blocking = (batch: number, m: number, n: number, k: number): readonly [number, number] => {
  const fits = Math.max(4, Math.floor(2 ** 17 / (4 * Math.min(k, 512))) & ~3);
  const spread = Math.max(16, Math.ceil((m * batch) / 16 / 4) * 4);
  const rows = Math.min(fits, spread, Math.max(4, Math.ceil(m / 4) * 4));
  const down = batch * Math.ceil(m / rows);
  const wanted = Math.max(1, Math.ceil(8 / down));
  const columns = Math.max(8, Math.ceil(Math.ceil(n / wanted) / 8) * 8);
  return [rows, columns];
};

/** What {@link product} multiplies. */
export type Product = {
  /** Matrices. */
  readonly batch: number;
  /** Rows of A and of the result. */
  readonly m: number;
  /** Columns of B and of the result. */
  readonly n: number;
  /** The axis that is summed over. */
  readonly k: number;
  /** Whether A is [k, m]. */
  readonly transposeA: boolean;
  /** Whether B is [n, k]. */
  readonly transposeB: boolean;
  /** Whether one A, or one B, serves the whole batch. */
  readonly repeatA: boolean;
  readonly repeatB: boolean;
};

/** Products of matrices as commands: B is packed first. */
export const product = (
  { batch, m, n, k, transposeA, transposeB, repeatA, repeatB }: Product,
  shape: Shape,
  epilogue?: Epilogue,
): Lowering | undefined => {
  const blocks = epilogueBlocks(epilogue, shape, 2);
  if (blocks === undefined) return undefined;
  // the same B for all: one tall matrix
  const tall = repeatB && !repeatA && !transposeA && batch > 1;
  const [count, rows] = tall ? [1, batch * m] : [batch, m];
  const matrices = repeatB ? 1 : count;
  const [down, across] = blocking(count, rows, n, k);
  const limit = Math.max(4, Math.floor((2.5 * 2 ** 20) / (4 * Math.min(Math.max(k, 1), 4096))) & ~3);
  const pack: Command = {
    opcode: opcodes.pack,
    words: [input(1), temporary(0), matrices, k, n, transposeB ? 1 : 0, 4 * (transposeB ? k : n), 4 * k * n],
    prepares: { input: 1, temporary: 0 },
  };
  const multiply: Command = {
    opcode: opcodes.gemm,
    words: [
      ...[input(0), temporary(0), output(0), count, rows, n, k, transposeA ? 1 : 0, 4 * (transposeA ? m : k)],
      ...[repeatA ? 0 : 4 * rows * k, repeatB ? 0 : panelBytes(k, n), 4 * rows * n],
      ...[Math.min(down, limit), across, blocks.length > 0 ? block(0) : 0],
    ],
  };
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [matrices * panelBytes(k, n)],
    blocks,
    commands: [pack, multiply],
  };
};

/** tfjs's BatchMatMul of a [..., m, k] and b [..., k, n], where either may be transposed and the batches broadcast. */
export const batchMatMul = (
  a: Shape,
  b: Shape,
  transposeA: boolean,
  transposeB: boolean,
  epilogue?: Epilogue,
): Lowering | undefined => {
  const [batchA, batchB] = [a.slice(0, -2), b.slice(0, -2)];
  const [sizeA, sizeB] = [sizeOf(batchA), sizeOf(batchB)];
  const same = batchA.join() === batchB.join();
  if (!same && sizeA !== 1 && sizeB !== 1) return undefined; // partial broadcasting: left to others
  const rank = Math.max(batchA.length, batchB.length);
  const pad = (s: Shape): number[] => [...new Array<number>(rank - s.length).fill(1), ...s];
  const batchShape = pad(batchA).map((length, i) => Math.max(length, pad(batchB)[i]!));
  const [m, k] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const n = transposeB ? b.at(-2)! : b.at(-1)!;
  const batch = sizeOf(batchShape);
  const spec = {
    batch,
    m,
    n,
    k,
    transposeA,
    transposeB,
    repeatA: sizeA === 1 && batch > 1,
    repeatB: sizeB === 1 && batch > 1,
  };
  return product(spec, [...batchShape, m, n], epilogue);
};
