import type { Tensor } from "@tensorflow/tfjs-core";

/** One op on small numbers whose result is known. */
export type Check = {
  /** The kernel's name, for the error message. */
  readonly op: string;
  /** Computes the result; called inside `tidy`. */
  readonly run: () => Tensor;
  /** The right numbers, row by row. */
  readonly expected: readonly number[];
};
