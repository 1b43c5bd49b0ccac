import type { Tensor } from "@nonmarkov/autodiff";

/** A function's value at x, and traces of its derivative: each [rows]. */
export type TensorTraces = {
  /** f(x). */
  readonly output: Tensor;
  /** One trace, or several estimates of it. */
  readonly traces: readonly Tensor[];
};

/**
 * Computes f(x) and, for every row, the trace of its derivative: {@link exactTrace}, or {@link hutchinson} with its options. The
 * rows of f(x) must not depend on each other's x. Borrows x; the caller runs it in a scope that frees what it makes.
 */
export type TraceEstimator = (f: (x: Tensor) => Tensor, x: Tensor) => TensorTraces;
