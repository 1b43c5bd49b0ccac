import { treeSize } from "@nonmarkov/autodiff";
import { createRun, loadCheckpoint, readConfig, truncateLog } from "@nonmarkov/checkpoint/node";
import type { Dataset } from "@nonmarkov/data";
import { disposeState, stateFromArrays } from "@nonmarkov/train";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import type { TrainOptions } from "../commands/train.ts";
import { openDataset } from "../dataset.ts";
import { duration } from "../duration.ts";
import { UsageError } from "../errors.ts";
import { backendTitle } from "../machine.ts";
import { network } from "../network.ts";
import type { Output } from "../output.ts";
import { type NetConfig, parseRunConfig, type RunConfig } from "../run-config.ts";
import { scheduleFromSpec } from "../schedule-spec.ts";
import { startBackend } from "../start-backend.ts";
import { asFloat32 } from "../trained.ts";
import { trainInterruptibly } from "../train-interruptibly.ts";
import { type AnyState, firstState } from "../training.ts";
import { usage } from "../usage.ts";

/** Options that a resumed run may be given; all others come from its config.json. */
const resumable: readonly string[] = [
  "out",
  "resume",
  "steps",
  "minutes",
  "checkpointEvery",
  "backend",
  "threads",
  "json",
  "quiet",
  "debug",
];

const netConfig = (options: TrainOptions, { shape, classes, name }: Dataset): NetConfig => {
  const kind = options.net ?? (shape.length === 3 ? "unet" : "mlp");
  if ((kind === "unet") !== (shape.length === 3))
    throw new UsageError(`--net: ${kind} does not fit the shape [${shape.join(", ")}] of ${name}; leave --net out`);
  if (options.conditional && classes === 0)
    throw new UsageError(`--conditional: ${name} has no labels; leave --conditional out`);
  if (options.labelDropout !== undefined && !options.conditional)
    throw new UsageError("--label-dropout: leaves out classes that only --conditional tells the network; add that");
  const known = options.conditional ? classes : 0;
  if (kind === "mlp")
    return { kind, dim: shape[0]!, hidden: options.hidden ?? 128, depth: options.depth ?? 3, classes: known };
  const [height, width, channels] = shape as [number, number, number];
  return {
    kind,
    height,
    width,
    channels,
    base: options.base ?? 32,
    mults: [...(options.mults ?? [1, 2])],
    blocks: options.blocks ?? 1,
    attention: [...(options.attention ?? [])],
    heads: options.heads ?? 1,
    groups: options.groups ?? 8,
    patch: options.patch ?? (Math.min(height, width) >= 28 && height % 2 === 0 && width % 2 === 0 ? 2 : 1),
    classes: known,
  };
};

const dataConfig = ({ data, size, flip, pad, holdOut }: TrainOptions): RunConfig["data"] => {
  if (data === undefined) throw new UsageError("--data: say what to train on, for example --data glyphs");
  return {
    ...data,
    ...(size === undefined ? {} : { size }),
    ...(flip === undefined ? {} : { flip }),
    ...(pad === undefined ? {} : { pad }),
    ...(holdOut === undefined ? {} : { holdOut }),
  };
};

const newConfig = async (options: TrainOptions, out: Output): Promise<{ config: RunConfig; dataset: Dataset }> => {
  const data = dataConfig(options);
  const schedule = options.schedule ?? "linear:1000";
  scheduleFromSpec(schedule);
  const dataset = await openDataset(data, out);
  const net = netConfig(options, dataset);
  usage(() => network(net));
  const config: RunConfig = {
    data,
    shape: [...dataset.shape],
    schedule,
    prediction: options.prediction ?? "v",
    net,
    training: {
      steps: options.steps ?? 20_000,
      batch: options.batch ?? 64,
      lr: options.lr ?? 1e-3,
      warmup: options.warmup ?? 100,
      decay: options.decay ?? "constant",
      weightDecay: options.weightDecay ?? 0,
      clip: options.clip ?? 1,
      ema: options.ema ?? 0.999,
      checkpointEvery: options.checkpointEvery ?? 500,
      seed: options.seed ?? 0,
      ...(options.labelDropout === undefined ? {} : { labelDropout: options.labelDropout }),
    },
  };
  return { config, dataset };
};

const resumedConfig = async (options: TrainOptions): Promise<RunConfig> => {
  const refused = Object.keys(options).filter((name) => !resumable.includes(name));
  const flags = refused.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
  if (flags.length > 0)
    throw new UsageError(`${flags.join(", ")}: a resumed run keeps the settings of its config.json; leave it out`);
  const config = await readConfig(options.out, parseRunConfig);
  if (config.training.decay === "cosine" && options.steps !== undefined && options.steps !== config.training.steps)
    throw new UsageError(
      `--steps: the cosine decay of this run ends at step ${config.training.steps}; leave --steps out`,
    );
  return config;
};

/** A run that was killed before its first checkpoint begins anew. */
const hasCheckpoint = async (dir: string): Promise<boolean> =>
  (await readdir(dir)).some((name) => name.startsWith("checkpoint-"));

const resumedState = async (dir: string, config: RunConfig, out: Output): Promise<AnyState> => {
  if (!(await hasCheckpoint(dir))) return firstState(config);
  const { step, key, trees, skipped } = await loadCheckpoint(dir);
  for (const damaged of skipped) out.note(`warning: ${damaged}`);
  await truncateLog(dir, step);
  const like = firstState(config);
  try {
    const { params, ema, optimizer } = trees;
    const saved = { params: asFloat32(params), ema: asFloat32(ema), optimizer: asFloat32(optimizer) };
    return stateFromArrays(like, { step, key, trees: saved });
  } finally {
    disposeState(like);
  }
};

/** Everything about a training that `nonmarkov train` can say before it begins. */
const begin = async (options: TrainOptions, out: Output) => {
  if (!options.resume) {
    if (existsSync(options.out) && !options.force)
      throw new UsageError(
        `${options.out} exists already; choose another --out, go on with --resume, or overwrite it with --force`,
      );
    const { config, dataset } = await newConfig(options, out);
    const started = await startBackend(options, out.note);
    await createRun(options.out, config, { overwrite: options.force ?? false });
    return { config, dataset, started, state: firstState(config) };
  }
  const config = await resumedConfig(options);
  const dataset = await openDataset(config.data, out);
  const started = await startBackend(options, out.note);
  return { config, dataset, started, state: await resumedState(options.out, config, out) };
};

/** `nonmarkov train`. */
export const train = async (options: TrainOptions, out: Output): Promise<void> => {
  const dir = options.out;
  const { config, dataset, started, state } = await begin(options, out);
  const parameters = treeSize(state.params);
  const until = Math.max(options.steps ?? config.training.steps, state.step);
  out.note(
    `${dir}: ${config.net.kind} of ${parameters.toLocaleString("en")} parameters on ${dataset.name}, ` +
      (state.step === 0 ? `${until} steps of ${config.training.batch}` : `from step ${state.step} to ${until}`),
  );
  const outcome = await trainInterruptibly({
    dir,
    config,
    dataset,
    state,
    until,
    seconds: options.minutes && options.minutes * 60,
    checkpointEvery: options.checkpointEvery ?? config.training.checkpointEvery,
    backend: backendTitle(started),
    out,
  });
  out.say(`${dir}: step ${outcome.step}, loss ${outcome.loss?.toFixed(4) ?? "-"}, ${duration(outcome.seconds)}`);
  out.say(`Next: nonmarkov sample ${dir} --steps 20 --out samples.png`);
  out.result({ run: dir, parameters, ...outcome });
};
