import { readLog } from "@nonmarkov/checkpoint/node";
import type { LossPoint } from "./report/loss-chart.ts";

/** The losses that a run has logged, in order. */
export const runLosses = async (dir: string): Promise<readonly LossPoint[]> =>
  (await readLog(dir)).map(({ step, loss }) => ({ step, loss: Number(loss) }));
