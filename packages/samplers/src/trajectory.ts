import { checkRun } from "./checkRun.ts";
import { execute } from "./execute.ts";
import { owned } from "./owned.ts";
import type { Run } from "./run.ts";

/** What a trajectory shows of one move t → s. The vectors are borrowed: copy what must outlive the next pull. */
export type Moment<V> = {
  /** Which row, from 0. */
  readonly step: number;
  /** Where the move started. */
  readonly t: number;
  /** Where it arrived. */
  readonly s: number;
  /** The state at s; that of the last moment is what `sample` returns. */
  readonly x: V;
  /** The clean data predicted at t, after mapX0. */
  readonly x0: V;
  /** The noise predicted at t. */
  readonly eps: V;
};

const moments = async function* <V>(run: Run<V>): AsyncGenerator<Moment<V>, void, undefined> {
  const mine = owned(run.space);
  try {
    for await (const { step, row, x, x0, eps } of execute(run, mine, true))
      yield { step, t: row.t, s: row.s, x, x0: x0!, eps: eps! };
  } finally {
    mine.keepOnly([]);
  }
};

/**
 * The same run as `sample`, one moment per row that evaluates the network. Leaving the loop early frees everything.
 * @throws RangeError, when called, if the run is not possible; the signal's reason, from the loop, if it is aborted
 */
export const trajectory = <V>(run: Run<V>): AsyncGenerator<Moment<V>, void, undefined> => {
  checkRun("trajectory", run, true);
  return moments(run);
};
