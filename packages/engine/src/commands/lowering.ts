import type { Value } from "../graph/graph.ts";

/** Where a buffer of a kernel begins, plus an offset: one of its inputs, outputs, temporaries, or blocks of words. */
export type Place = {
  /** Which list the buffer is in. */
  readonly in: "inputs" | "outputs" | "temporaries" | "blocks";
  /** Its index there. */
  readonly index: number;
  /** Bytes from its beginning; 0 if left out. */
  readonly offset?: number;
};

/** A word of a command: an integer, a float, or an address. */
export type Word = number | { readonly float: number } | Place;

/** One command of the machine. */
export type Command = {
  /** What it computes, see {@link opcodes}. */
  readonly opcode: number;
  /** Its words from the second on; the kernels in `assembly/` say what they mean. */
  readonly words: readonly Word[];
  /**
   * Set where the command only prepares a temporary from one input (a filter's transform, the panels of a matrix): it
   * need not run again while that input is the same.
   */
  readonly prepares?: {
    /** The input. */
    readonly input: number;
    /** The temporary. */
    readonly temporary: number;
  };
};

/** A kernel turned into commands, for any addresses: what eager execution and recorded graphs share. */
export type Lowering = {
  /** The values it makes. */
  readonly outputs: readonly Value[];
  /** Bytes of the memory that it needs meanwhile. */
  readonly temporaries: readonly number[];
  /** Lists of words that commands point to. */
  readonly blocks: readonly (readonly Word[])[];
  /** What runs, in this order. */
  readonly commands: readonly Command[];
  /** Pairs [input, output] of which the output may be written over the input. */
  readonly inPlace?: readonly (readonly [number, number])[];
};

/** The kernels of the machine, numbered as in `assembly/dispatch.ts`. */
export const opcodes = {
  elementwise: 0,
  gemm: 1,
  pack: 2,
  convolution: 3,
  packFilter: 4,
  filterGradient: 5,
  winograd: 6,
  winogradFilter: 7,
  winogradTiles: 8,
  winogradSpread: 9,
  winogradProducts: 10,
  winogradFilterGradient: 11,
  reduce: 12,
  groupNorm: 13,
  groupNormGradient: 14,
  softmax: 15,
  attention: 16,
  attentionQueries: 17,
  attentionKeys: 18,
  move: 19,
  transpose: 20,
  fill: 21,
  pool: 22,
  noise: 23,
} as const;

/** An input's address. */
export const input = (index: number, offset = 0): Place => ({ in: "inputs", index, offset });
/** An output's address. */
export const output = (index: number, offset = 0): Place => ({ in: "outputs", index, offset });
/** A temporary's address. */
export const temporary = (index: number, offset = 0): Place => ({ in: "temporaries", index, offset });
/** A block's address. */
export const block = (index: number): Place => ({ in: "blocks", index });
/** A float. */
export const float = (value: number): Word => ({ float: value });
