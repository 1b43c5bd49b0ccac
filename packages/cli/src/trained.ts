import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import { FormatError, type TensorEntries, toFloat32 } from "@nonmarkov/checkpoint";
import { loadCheckpoint, readConfig } from "@nonmarkov/checkpoint/node";
import { key } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { type ForeignArray, treeFromArrays } from "@nonmarkov/train";
import { type AnyNet, network } from "./network.ts";
import { parseRunConfig, type RunConfig } from "./run-config.ts";
import { scheduleFromSpec } from "./schedule-spec.ts";

/** A run with its weights, ready to be sampled. */
export type Trained = {
  readonly dir: string;
  readonly config: RunConfig;
  readonly schedule: Schedule;
  readonly net: AnyNet;
  readonly params: Tree;
  /** Training steps behind the weights. */
  readonly step: number;
};

/** What a file holds as float32 numbers, whatever it was stored as. */
export const asFloat32 = (entries: TensorEntries): readonly ForeignArray[] =>
  entries.map(([name, tensor]) => [name, { shape: tensor.shape, data: toFloat32(tensor) }]);

/**
 * Opens a run folder; the caller disposes `params`. A backend must be running.
 * @throws FileError, FormatError if config.json or the checkpoint is missing or damaged
 */
export const openTrained = async (dir: string, weights: "ema" | "params"): Promise<Trained> => {
  const config = await readConfig(dir, parseRunConfig);
  const schedule = scheduleFromSpec(config.schedule);
  const net = network(config.net);
  const { step, trees, path } = await loadCheckpoint(dir, { trees: [weights] });
  const like = net.init(key(0));
  try {
    return { dir, config, schedule, net, params: treeFromArrays(like, asFloat32(trees[weights])), step };
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
