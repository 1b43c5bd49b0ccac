import { Interrupted } from "./errors.ts";
import { onInterrupt } from "./interrupt.ts";
import { type TrainOutcome, type TrainRun, trainRun } from "./train-run.ts";

/**
 * Trains, and stops after a whole step, with a checkpoint, when Ctrl-C or SIGTERM asks for it.
 * @throws Interrupted after such a stop
 */
export const trainInterruptibly = async (run: Omit<TrainRun, "signal">): Promise<TrainOutcome> => {
  const { dir, out } = run;
  const interrupt = onInterrupt((signal) => out.note(`${signal}: stopping after this step; once more ends at once`));
  try {
    const outcome = await trainRun({ ...run, signal: interrupt.signal });
    const signal = interrupt.came();
    if (signal === undefined) return outcome;
    throw new Interrupted(
      signal,
      `stopped at step ${outcome.step}, saved in ${dir}; go on with: nonmarkov train --out ${dir} --resume`,
    );
  } finally {
    interrupt.release();
  }
};
