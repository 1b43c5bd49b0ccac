import type { Tensor } from "@nonmarkov/autodiff";
import type { Grid } from "./numbers.ts";

/** One op on small numbers whose results are known. */
export type Check = {
  /** The kernel's name. */
  readonly op: string;
  /**
   * What it is given.
   * @param thorough whether gradients are wanted that only ops checked on their own compute
   */
  readonly inputs: (thorough: boolean) => readonly Grid[];
  /** Whether it takes long to compile, and a recorded function does without it: another check has nearly the same. */
  readonly isCostly?: boolean;
  /** Computes the results; called inside `tidy`. */
  readonly run: (inputs: readonly Tensor[], thorough: boolean) => readonly Tensor[];
  /** Looks for what is wrong with the results. */
  readonly judge: (results: readonly Result[]) => Fault | undefined;
};

/** Numbers that came out. */
export type Result = {
  /** The lengths of the axes. */
  readonly shape: readonly number[];
  /** The numbers, row by row. */
  readonly values: ArrayLike<number>;
};

/** What is wrong, and with which op. */
export type Fault = {
  /** The op's name. */
  readonly op: string;
  /** Whether its gradient is wrong: perhaps only because another op is. */
  readonly ofGradient?: boolean;
  /** The first wrong number and the right one, or what else is wrong. */
  readonly reason: string;
  /** The error that said so, if one did. */
  readonly cause?: unknown;
};

/** Shaders compute some functions with fewer digits than a processor does; a broken kernel is off by far more. */
const tolerance = 2e-3;

/** Whether a number is near enough to the right one. */
export const isNear = (got: number, expected: number): boolean =>
  Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected));

/** What is wrong with the results of an op. */
export const compare = (op: string, results: readonly Result[], expected: readonly Grid[]): Fault | undefined => {
  if (results.length !== expected.length)
    return { op, reason: `must give ${expected.length} tensors, got ${results.length}` };
  for (const [i, { shape, values }] of expected.entries()) {
    const got = results[i]!;
    if (got.shape.join() !== shape.join())
      return { op, reason: `must give [${shape.join(", ")}], got [${got.shape.join(", ")}]` };
    const wrong = values.findIndex((value, place) => !isNear(got.values[place]!, value));
    if (wrong !== -1) return { op, reason: `element ${wrong} must be ${values[wrong]}, got ${got.values[wrong]}` };
  }
  return undefined;
};

/** A check of results that are simply known. */
export const known = (
  op: string,
  inputs: readonly Grid[],
  f: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  expected: Grid | readonly Grid[],
): Check => ({
  op,
  inputs: () => inputs,
  run: (tensors) => [f(...tensors)].flat() as Tensor[],
  judge: (results) => compare(op, results, [expected].flat() as Grid[]),
});
