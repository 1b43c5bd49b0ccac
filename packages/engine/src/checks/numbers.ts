import { ops, type Tensor } from "@nonmarkov/autodiff";

/** Numbers of a tensor, row by row. */
export type Grid = {
  /** The lengths of the axes. */
  readonly shape: readonly number[];
  /** The numbers. */
  readonly values: readonly number[];
};

/** Every combination of indices below these lengths, the last one fastest. */
export const everyIndex = (lengths: readonly number[]): number[][] =>
  lengths.reduce<number[][]>((all, n) => all.flatMap((i) => Array.from({ length: n }, (_, j) => [...i, j])), [[]]);

/** The grid with a number for each place. */
export const table = (shape: readonly number[], f: (...at: number[]) => number): Grid => ({
  shape,
  values: everyIndex(shape).map((at) => f(...at)),
});

/** Looks numbers up by their indices. */
export const reader =
  (shape: readonly number[], values: readonly number[]): ((...at: number[]) => number) =>
  (...at) =>
    values[shape.reduce((flat, n, i) => flat * n + at[i]!, 0)]!;

/** The sum of f(i) for i < n. */
export const sumOf = (n: number, f: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += f(i);
  return sum;
};

/** Whole numbers -5..5 without a pattern: sums of their products are exact in float32. */
const noise = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => ((Math.imul(i + 1 + 40 * seed, 0x9e3779b1) >>> 16) % 11) - 5);

/** Small numbers without a pattern: multiples of `scale`, between -5 and 5 times that. */
export const grid = (shape: readonly number[], seed: number, scale = 1): Grid => ({
  shape,
  values: noise(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ).map((n) => n * scale),
});

/** A grid as a tensor. */
export const asTensor = ({ shape, values }: Grid): Tensor =>
  ops.tensor(Float32Array.from(values), [...shape], "float32");
