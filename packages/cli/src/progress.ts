import cliProgress from "cli-progress";
import type { Output } from "./output.ts";

/** A progress bar on stderr. */
export type Progress = {
  /** Moves the bar to a part in [0, 1] of the work and says how it goes. */
  readonly update: (part: number, words: string) => void;
  /** Leaves the last state on the screen. */
  readonly stop: () => void;
};

const silent: Progress = { update: () => undefined, stop: () => undefined };

/** Starts a bar; on a terminal it is redrawn in place, elsewhere a line appears every ten seconds. */
export const progress = (out: Output, title: string): Progress => {
  if (!out.progress) return silent;
  const bar = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage}% {words}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 16,
    stream: process.stderr,
    gracefulExit: false,
    emptyOnZero: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  bar.start(1000, 0, { words: "" });
  return {
    update: (part, words) => bar.update(Math.round(1000 * Math.min(1, Math.max(0, part))), { words }),
    stop: () => bar.stop(),
  };
};
