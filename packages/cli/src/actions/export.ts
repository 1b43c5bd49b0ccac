import { treeDispose } from "@nonmarkov/autodiff";
import { fromFloat32, type TensorEntries, toFloat32 } from "@nonmarkov/checkpoint";
import { readSessions, saveModel } from "@nonmarkov/checkpoint/node";
import type { Dataset } from "@nonmarkov/data";
import { basename, resolve } from "node:path";
import type { ExportOptions } from "../commands/export.ts";
import { fingerprintOf } from "../data-fingerprint.ts";
import { openDataset } from "../dataset.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { UsageError } from "../errors.ts";
import { labelsFor } from "../labels.ts";
import { gaussianLatents } from "../latents.ts";
import type { ModelAbout } from "../model-about.ts";
import type { Output } from "../output.ts";
import { picture } from "../pictures/picture.ts";
import { png } from "../pictures/png.ts";
import { plan } from "../plan.ts";
import { lossChart } from "../report/loss-chart.ts";
import { modelCard } from "../report/model-card.ts";
import { standaloneSvg } from "../report/standalone-svg.ts";
import type { RunConfig } from "../run-config.ts";
import { runLosses } from "../run-losses.ts";
import { lastLoss } from "../run-summary.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { startBackend } from "../start-backend.ts";
import { trainCommandLine } from "../train-command.ts";
import { openRun, readWeights, type Run, trainedOf, type Weights } from "../trained.ts";
import { refuseExisting } from "../write-result.ts";

/** The weights as they are kept: rounded, if they are. */
const rounded = (entries: TensorEntries, dtype: ExportOptions["dtype"]): TensorEntries =>
  entries.map(([name, tensor]) => [
    name,
    fromFloat32(toFloat32(tensor), tensor.shape, dtype === "f16" ? "F16" : "F32"),
  ]);

/** The configuration without folders of the machine that trained. */
const portable = (config: RunConfig, dataset: Dataset): RunConfig => {
  const { dir: _, ...data } = config.data;
  const split = dataset.name.startsWith("mnist-test") ? "test" : "train";
  return { ...config, data: data.name === "mnist" ? { ...data, split } : data };
};

const samplePicture = async (run: Run, weights: Weights, options: ExportOptions, out: Output) => {
  const { config, schedule } = run;
  const keys = samplingKeys(options.seed);
  const trained = trainedOf(run, weights);
  try {
    const { rows } = await drawWithProgress(
      {
        trained,
        table: plan(schedule, { sampler: "ddim", steps: Math.min(options.steps, schedule.T), tau: "linear" }),
        start: gaussianLatents(keys.latents, config.shape),
        n: options.n,
        key: keys.noise,
        batch: 32,
        labels: labelsFor(config, undefined),
      },
      "sample",
      out,
    );
    return png(picture(rows, { scale: 2 }));
  } finally {
    treeDispose(trained.params);
  }
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** `nonmarkov export --out`. */
export const exportModel = async (
  dir: string,
  options: ExportOptions & { readonly out: string },
  out: Output,
): Promise<void> => {
  refuseExisting(options.out, options.force);
  const run = await openRun(dir);
  if (run.about !== undefined) throw new UsageError(`${dir} is an exported model already; name the run it came from`);
  const dataset = await openDataset(run.config.data, out);
  const weights = await readWeights(run, options.weights);
  const { step, entries } = weights;
  const losses = await runLosses(dir);
  const about: ModelAbout = {
    weights: options.weights,
    step,
    loss: lastLoss(losses),
    data: fingerprintOf(dataset),
    sessions: [...(await readSessions(dir))],
  };
  const config = portable(run.config, dataset);
  const kept = rounded(entries, options.dtype);
  await startBackend(options, out.note);
  const samples = await samplePicture(run, { ...weights, entries: kept }, options, out);
  const parameters = entries.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const bytes = kept.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const { kind, ...net } = config.net;
  const folder = basename(resolve(options.out));
  const steps = Math.min(options.steps, run.schedule.T);
  const card = modelCard({
    title: options.title ?? folder,
    purpose: `A denoising diffusion network, to be sampled with \`npx nonmarkov sample ${options.out} --steps 20 --out samples.png\`.`,
    facts: [
      ["network", `${kind}, ${parameters.toLocaleString("en")} parameters, ${options.dtype}, ${megabytes(bytes)}`],
      ["configuration", `\`${JSON.stringify(net)}\``],
      ["rows", `[${config.shape.join(", ")}]`],
      ["schedule", config.schedule],
      ["predicts", config.prediction],
      ["optimisation", `\`${JSON.stringify(config.training)}\``],
      ["key", String(config.training.seed)],
    ],
    about,
    commands: [
      trainCommandLine(config, `runs/${folder}`),
      `npx nonmarkov export runs/${folder} --out ${options.out} --dtype ${options.dtype} --weights ${options.weights}`,
    ],
    pictures: [
      { file: "samples.png", caption: `${options.n} samples, DDIM (eta = 0), ${steps} evaluations each, not picked` },
      ...(losses.length === 0
        ? []
        : [{ file: "loss.svg", caption: "The loss of single batches, and their moving mean" }]),
    ],
  });
  await saveModel(
    options.out,
    {
      config,
      about,
      tensors: kept,
      files: {
        "README.md": card,
        "samples.png": samples,
        ...(losses.length === 0 ? {} : { "loss.svg": standaloneSvg(lossChart(losses)) }),
      },
    },
    { overwrite: options.force ?? false },
  );
  out.say(`${options.out}: ${parameters.toLocaleString("en")} parameters at step ${step}, ${megabytes(bytes)}`);
  out.result({ out: options.out, run: dir, step, parameters, bytes, weights: options.weights, dtype: options.dtype });
};
