import { checkRun, execute } from "./execute.ts";
import type { Run } from "./run.ts";

/** What a trajectory shows of one move t → s. */
export type Moment = {
  /** Which row, from 0. */
  readonly step: number;
  /** Where the move started. */
  readonly t: number;
  /** Where it arrived. */
  readonly s: number;
  /** The state at s; that of the last moment is what `sample` returns. */
  readonly x: Int32Array;
  /** The distribution of the clean classes that was predicted at t, [rows, dims, K]. */
  readonly x0: ArrayLike<number>;
};

const moments = async function* (run: Run, dims: number): AsyncGenerator<Moment, void, undefined> {
  for await (const { step, row, x, x0 } of execute("trajectory", run, dims))
    yield { step, t: row.t, s: row.s, x: Int32Array.from(x), x0 };
};

/**
 * The same run as `sample`, one moment per row.
 * @throws RangeError, when called, if the run is not possible; from the loop, if a prediction is not one, and the signal's
 * reason, if it is aborted
 */
export const trajectory = (run: Run): AsyncGenerator<Moment, void, undefined> =>
  moments(run, checkRun("trajectory", run));
