import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import { type TensorEntries, toFloat32 } from "@nonmarkov/checkpoint";
import { FormatError } from "@nonmarkov/files";
import { isModel, loadCheckpoint, readConfig, readModel, readModelWeights } from "@nonmarkov/checkpoint/node";
import { type Key, key } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { type ForeignArray, treeFromArrays } from "@nonmarkov/train";
import { z } from "zod";
import { UsageError } from "./errors.ts";
import { type ModelAbout, modelAbout } from "./model-about.ts";
import { type AnyNet, network } from "./network.ts";
import { parseRunConfig, type RunConfig } from "./run-config.ts";
import { scheduleFromSpec } from "./schedule-spec.ts";

/** A run folder's or model folder's configuration, and what follows from it. */
export type Run = {
  readonly dir: string;
  readonly config: RunConfig;
  readonly schedule: Schedule;
  /** How a model came to be, where the folder holds an exported model; undefined for a run. */
  readonly about: ModelAbout | undefined;
};

/** A run with its weights, ready to be sampled. */
export type Trained = Run & {
  readonly net: AnyNet;
  readonly params: Tree;
  /** Training steps behind the weights. */
  readonly step: number;
};

const parseModel = z.object({ config: z.unknown(), about: modelAbout });

/**
 * Reads what a run folder or a model folder says of its network; needs no backend.
 * @throws FileError, FormatError if config.json is missing or damaged
 */
export const openRun = async (dir: string): Promise<Run> => {
  const { config, about } = (await isModel(dir))
    ? await readModel(dir, (value) => {
        const { config, about } = parseModel.parse(value);
        return { config: parseRunConfig(config), about };
      })
    : { config: await readConfig(dir, parseRunConfig), about: undefined };
  return { dir, config, about, schedule: scheduleFromSpec(config.schedule) };
};

/** What a file holds as float32 numbers, whatever it was stored as. */
export const asFloat32 = (entries: TensorEntries): readonly ForeignArray[] =>
  entries.map(([name, tensor]) => [name, { shape: tensor.shape, data: toFloat32(tensor) }]);

/** Named arrays, from where and after how many steps. */
export type Weights = { readonly step: number; readonly entries: TensorEntries; readonly path: string };

/**
 * Reads the weights of a run or model.
 * @throws UsageError if the model has others than those asked for
 */
export const readWeights = async ({ dir, about }: Run, weights: "ema" | "params"): Promise<Weights> => {
  if (about !== undefined) {
    if (about.weights !== weights)
      throw new UsageError(`--weights: ${dir} holds ${about.weights} only; ask for --weights ${about.weights}`);
    return { step: about.step, entries: await readModelWeights(dir), path: `${dir}/model.safetensors` };
  }
  const { step, trees, path } = await loadCheckpoint(dir, { trees: [weights] });
  return { step, entries: trees[weights], path: `${path}/${weights}.safetensors` };
};

/**
 * A network's parameters from what was read of a file; the caller disposes them.
 * @throws FormatError if the file is of another network
 */
export const paramsOf = <P extends Tree>(
  { init }: { readonly init: (key: Key) => P },
  { entries, path }: Pick<Weights, "entries" | "path">,
): P => {
  const like = init(key(0));
  try {
    return treeFromArrays(like, asFloat32(entries));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FormatError({
      where: path,
      what: "must hold the tensors of the network in config.json",
      found: error.message,
      fix: "restore the files that belong together",
    });
  } finally {
    treeDispose(like);
  }
};

/**
 * Puts weights that were read onto the running backend; the caller disposes `params`.
 * @throws FormatError if they are of another network
 */
export const trainedOf = (run: Run, weights: Weights): Trained => {
  const net = network(run.config.net);
  return { ...run, net, params: paramsOf(net, weights), step: weights.step };
};

/**
 * Loads a run's or model's weights onto the running backend; the caller disposes `params`.
 * @throws FileError, FormatError if they are missing, damaged or of another network
 */
export const loadTrained = async (run: Run, weights: "ema" | "params"): Promise<Trained> =>
  trainedOf(run, await readWeights(run, weights));
