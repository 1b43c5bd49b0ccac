import type { LossPoint } from "./report/loss-chart.ts";
import type { RunConfig } from "./run-config.ts";
import { runLosses } from "./run-losses.ts";
import { readWeights, type Run } from "./trained.ts";

/** What a run folder holds, in short. */
export type RunSummary = {
  readonly run: string;
  readonly config: RunConfig;
  /** Training steps of the newest whole checkpoint. */
  readonly step: number;
  /** Numbers in the network. */
  readonly parameters: number;
  /** The mean of the last logged losses; null without any. */
  readonly loss: number | null;
};

/** Looks into a run folder or model folder. */
export const runSummary = async (run: Run): Promise<RunSummary> => {
  const { dir, config, about } = run;
  const { step, entries } = await readWeights(run, about?.weights ?? "params");
  return {
    run: dir,
    config,
    step,
    parameters: entries.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0),
    loss: about === undefined ? lastLoss(await runLosses(dir)) : about.loss,
  };
};

const lastLosses = 50;

/** The mean of the last losses; null where there are none. */
export const lastLoss = (losses: readonly LossPoint[]): number | null => {
  const last = losses.slice(-lastLosses);
  return last.length === 0 ? null : last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
};
