import { duration } from "../duration.ts";
import type { Output } from "../output.ts";
import { type Progress, progress } from "../progress.ts";

/** Follows the work of a whole reproduction, counted in evaluations of one sample. */
export type Tracker = {
  /** Says what is being done. */
  readonly title: (words: string) => void;
  /** So many evaluations have been made. */
  readonly add: (evaluations: number) => void;
  /** Leaves the last state on the screen. */
  readonly stop: () => void;
};

/** Follows so many evaluations with one progress bar. */
export const tracker = (out: Output, total: number): Tracker => {
  const begun = performance.now();
  let done = 0;
  let words = "";
  let bar: Progress | undefined;
  const draw = () => {
    bar ??= progress(out, "reproduce");
    const part = total === 0 ? 1 : Math.min(1, done / total);
    const seconds = (performance.now() - begun) / 1000;
    const left = part === 0 ? "" : `  ${duration((seconds * (1 - part)) / part)} left`;
    bar.update(part, `${words}${left}`);
  };
  return {
    title: (text) => {
      words = text;
      draw();
    },
    add: (evaluations) => {
      done += evaluations;
      draw();
    },
    stop: () => bar?.stop(),
  };
};
