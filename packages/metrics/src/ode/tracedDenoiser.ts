/** A network's answer at rows of x, and how it spreads them. */
export type TracedOutput = {
  /** The output, as many numbers as x. */
  readonly output: Float64Array;
  /**
   * The trace of the output's derivative with respect to x, one number per row; or several estimates of it, as many for every
   * row: those of row 0, then those of row 1, ... Each goes with the same estimator at every call.
   */
  readonly traces: Float64Array;
};

/**
 * What the likelihood's ODE asks: the output at rows of x, all at one signal level, and the trace of its derivative. Borrows
 * x. Made by {@link traceByDifferences} or {@link traceOnTensors}, or written by hand where the trace is known.
 */
export type TracedDenoiser = (x: Float64Array, alphaBar: number) => TracedOutput | Promise<TracedOutput>;
