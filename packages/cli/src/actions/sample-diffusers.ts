import { ops, own, type Tensor, tensorHalves, treeDispose } from "@nonmarkov/autodiff";
import {
  parseSchedulerText,
  planScheduler,
  type SchedulerConfig,
  schedulerPrediction,
  schedulerRun,
  schedulerSchedule,
} from "@nonmarkov/diffusers";
import { loadDiffusers, type LoadedDiffusers } from "@nonmarkov/diffusers/node";
import { denoiserOf } from "@nonmarkov/nets";
import { type Prediction, type Run, type Table } from "@nonmarkov/samplers";
import type { SampleOptions } from "../commands/sample.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { UsageError } from "../errors.ts";
import { gaussianLatents } from "../latents.ts";
import { outsideOnly } from "../options/outside-options.ts";
import type { Output } from "../output.ts";
import { checkClip, plan } from "../plan.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { scheduleFromSpec } from "../schedule-spec.ts";
import { startBackend } from "../start-backend.ts";
import { usage } from "../usage.ts";
import { refuseExisting } from "../write-result.ts";
import { writeDrawn } from "../write-drawn.ts";

/** How the folder's network is to be run. */
type Planned = {
  readonly table: Table;
  readonly prediction: Prediction;
  readonly functions: Pick<Run<Tensor>, "mapX0" | "read" | "mapNoise">;
  /** What Gaussian latents are multiplied by. */
  readonly scale: number;
};

/** As the scheduler of the folder has it, to the numbers of diffusers. */
const published = (config: SchedulerConfig | undefined, { model, steps, eta, clipX0 }: SampleOptions): Planned => {
  if (config === undefined)
    throw new UsageError(`--published: ${model} has no scheduler; leave it out, and name the --schedule`);
  if (clipX0 !== undefined) throw new UsageError("--clip-x0: --published clips as its scheduler says; leave it out");
  const planned = usage(() =>
    planScheduler(config, {
      ...(steps === undefined ? {} : { steps }),
      ...(eta === undefined ? {} : { eta }),
      compatible: true,
    }),
  );
  const { table, prediction, ...functions } = schedulerRun(planned);
  return { table, prediction: prediction ?? "eps", functions, scale: planned.initialScale };
};

/** With one of our samplers on the schedule that the folder, or else --schedule, names. */
const ours = (
  config: SchedulerConfig | undefined,
  { config: { channels, outputs = channels } }: LoadedDiffusers,
  options: SampleOptions,
): Planned => {
  if (options.schedule === undefined && config === undefined)
    throw new UsageError(
      `--schedule: ${options.model} has no scheduler that says on which one it was trained; name it, like --schedule linear:1000`,
    );
  const schedule = options.schedule === undefined ? schedulerSchedule(config!) : scheduleFromSpec(options.schedule);
  const table = plan(schedule, options);
  checkClip(options, table);
  return {
    table,
    prediction: options.prediction ?? (config === undefined ? "eps" : schedulerPrediction(config)),
    functions: outputs === channels ? {} : { read: tensorHalves.read },
    scale: 1,
  };
};

/** `nonmarkov sample --model` of a folder of diffusers. */
export const sampleDiffusers = async (
  options: SampleOptions & { readonly model: string },
  out: Output,
): Promise<void> => {
  const { model, n, batch, seed } = options;
  for (const name of ["shape", "timeBase", "inputs", "output", "layout", "range", "runtime"] as const)
    if (options[name] !== undefined)
      throw new UsageError(`${outsideOnly[name]}: a folder of diffusers says it itself; leave it out`);
  refuseExisting(options.out, options.force);
  refuseExisting(options.tensors, options.force);
  await startBackend(options, out.note);
  const loaded = await loadDiffusers(model);
  try {
    const { net, params, config, scheduler } = loaded;
    const described = scheduler === undefined ? undefined : parseSchedulerText(scheduler, `${model}: scheduler`);
    const { table, prediction, functions, scale } = options.published
      ? published(described, options)
      : ours(described, loaded, options);
    const { height, width, channels, classes = 0 } = config;
    const label = options.class;
    if (label !== undefined && label >= classes)
      throw new UsageError(`--class: ${model} has ${classes} classes, got ${label}`);
    const shape = [height, width, channels];
    const keys = samplingKeys(seed);
    const latents = gaussianLatents(keys.latents, shape);
    const drawn = await drawWithProgress(
      {
        trained: {
          denoiser: (labels) => denoiserOf(net, params, labels),
          config: { shape, prediction, net: { classes } },
        },
        table,
        start: (first, count) => own(() => ops.mul(latents(first, count), scale)),
        n,
        key: keys.noise,
        batch,
        labels: classes === 0 ? undefined : (i) => label ?? i % classes,
        clipX0: options.clipX0,
        functions,
      },
      "sample",
      out,
    );
    await writeDrawn(drawn, table, options, out, { what: "samples", model, prediction });
  } finally {
    treeDispose(loaded.params);
  }
};
