import { checkRun, execute } from "./execute.ts";
import type { Run } from "./run.ts";

/**
 * Runs a table from xT to its end: one evaluation of the denoiser and one draw per coordinate and row. What a sample draws
 * does not depend on the batch that it is in.
 * @returns the classes after the last row
 * @throws RangeError, before anything is evaluated, if the run is not possible; if a prediction is not one; the signal's
 * reason if it is aborted
 */
export const sample = async (run: Run): Promise<Int32Array> => {
  const dims = checkRun("sample", run);
  let x: Int32Array = Int32Array.from(run.xT);
  for await (const arrival of execute("sample", run, dims)) x = arrival.x;
  return x;
};
