import { loadCheckpoint } from "@nonmarkov/checkpoint/node";
import type { RunConfig } from "./run-config.ts";
import { runLosses } from "./run-losses.ts";
import type { Run } from "./trained.ts";

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

const lastLosses = 50;

/** Looks into a run folder. */
export const runSummary = async ({ dir, config }: Run): Promise<RunSummary> => {
  const { step, trees } = await loadCheckpoint(dir, { trees: ["params"] });
  const losses = (await runLosses(dir)).slice(-lastLosses).map(({ loss }) => loss);
  return {
    run: dir,
    config,
    step,
    parameters: trees.params.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0),
    loss: losses.length === 0 ? null : losses.reduce((a, b) => a + b, 0) / losses.length,
  };
};
