import { checkRun } from "./checkRun.ts";
import { execute } from "./execute.ts";
import { owned } from "./owned.ts";
import type { Run } from "./run.ts";

/**
 * Runs a table from xT to its end: at most one evaluation of the denoiser and, where nothing non-linear is passed in, one
 * `combine` per row. With an encoder's table it encodes.
 * @returns the state after the last row, owned by the caller
 * @throws RangeError, before anything is evaluated, if the run is not possible; the signal's reason if it is aborted
 */
export const sample = async <V>(run: Run<V>): Promise<V> => {
  checkRun("sample", run, false);
  const mine = owned(run.space);
  try {
    let x = run.xT;
    for await (const arrival of execute(run, mine, false)) x = arrival.x;
    return mine.release(x);
  } finally {
    mine.keepOnly([]);
  }
};
