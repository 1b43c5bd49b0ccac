import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import { type TensorEntries, toFloat32 } from "@nonmarkov/checkpoint";
import { FormatError } from "@nonmarkov/files";
import { loadCheckpoint, readConfig } from "@nonmarkov/checkpoint/node";
import { key } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { type ForeignArray, treeFromArrays } from "@nonmarkov/train";
import { type AnyNet, network } from "./network.ts";
import { parseRunConfig, type RunConfig } from "./run-config.ts";
import { scheduleFromSpec } from "./schedule-spec.ts";

/** A run folder's configuration, and what follows from it. */
export type Run = {
  readonly dir: string;
  readonly config: RunConfig;
  readonly schedule: Schedule;
};

/** A run with its weights, ready to be sampled. */
export type Trained = Run & {
  readonly net: AnyNet;
  readonly params: Tree;
  /** Training steps behind the weights. */
  readonly step: number;
};

/**
 * Reads a run's configuration; needs no backend.
 * @throws FileError, FormatError if config.json is missing or damaged
 */
export const openRun = async (dir: string): Promise<Run> => {
  const config = await readConfig(dir, parseRunConfig);
  return { dir, config, schedule: scheduleFromSpec(config.schedule) };
};

/** What a file holds as float32 numbers, whatever it was stored as. */
export const asFloat32 = (entries: TensorEntries): readonly ForeignArray[] =>
  entries.map(([name, tensor]) => [name, { shape: tensor.shape, data: toFloat32(tensor) }]);

/**
 * Loads a run's weights onto the running backend; the caller disposes `params`.
 * @throws FileError, FormatError if the checkpoint is missing, damaged or of another network
 */
export const loadTrained = async (run: Run, weights: "ema" | "params"): Promise<Trained> => {
  const net = network(run.config.net);
  const { step, trees, path } = await loadCheckpoint(run.dir, { trees: [weights] });
  const like = net.init(key(0));
  try {
    return { ...run, net, params: treeFromArrays(like, asFloat32(trees[weights])), step };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FormatError({
      where: `${path}/${weights}.safetensors`,
      what: "must hold the tensors of the network in config.json",
      found: error.message,
      fix: "restore the files that belong together",
    });
  } finally {
    treeDispose(like);
  }
};
