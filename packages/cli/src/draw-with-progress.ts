import { type Drawing, draw } from "./draw.ts";
import { duration } from "./duration.ts";
import type { Output } from "./output.ts";
import type { Rows } from "./pictures/rows.ts";
import { progress } from "./progress.ts";

/** Samples, and how long they took. */
export type Drawn = { readonly rows: Rows; readonly seconds: number };

/** Draws with a progress bar. */
export const drawWithProgress = async (
  drawing: Omit<Drawing, "onProgress">,
  title: string,
  out: Output,
): Promise<Drawn> => {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const bar = progress(out, title);
  try {
    const onProgress = (part: number) => bar.update(part, `${duration((elapsed() * (1 - part)) / part)} left`);
    return { rows: await draw({ ...drawing, onProgress }), seconds: elapsed() };
  } finally {
    bar.stop();
  }
};
