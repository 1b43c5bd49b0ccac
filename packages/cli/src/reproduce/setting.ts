import { treeDispose } from "@nonmarkov/autodiff";
import { batchAt, type Dataset } from "@nonmarkov/data";
import { type Features, moments, type Moments } from "@nonmarkov/metrics";
import type { Key } from "@nonmarkov/random";
import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { fingerprintOf } from "../data-fingerprint.ts";
import { openParts } from "../dataset.ts";
import { UsageError } from "../errors.ts";
import { type FeaturesModel, openFeatures } from "../features-model.ts";
import { backendTitle } from "../machine.ts";
import type { DataSpec } from "../options/data-spec.ts";
import type { BackendOptions } from "../options/common.ts";
import type { Output } from "../output.ts";
import type { Rows } from "../pictures/rows.ts";
import { samplingKeys, type SamplingKeys } from "../sampling-keys.ts";
import { startBackend } from "../start-backend.ts";
import { readWeights, type Run, type Trained, trainedOf } from "../trained.ts";
import { weightsHash } from "../weights-hash.ts";
import type { Budget } from "./budget.ts";
import { cellOf, columns } from "./cell.ts";
import type { Manifest } from "./manifest.ts";
import type { Tracker } from "./tracker.ts";

/** What is asked for. */
export type SettingOptions = BackendOptions & {
  readonly model: string;
  readonly features: string;
  readonly data?: DataSpec;
  readonly weights: "ema" | "params";
  readonly tau: Manifest["tau"];
  readonly seed: number;
  readonly batch: number;
  readonly out: string;
};

/** What samples are compared with. */
export type Reference = {
  readonly moments: Moments;
  /** The features of so many training images as KID can afford. */
  readonly some: Features;
};

/** Everything that the parts of a reproduction work with. */
export type Setting = {
  /** Where the results go. */
  readonly dir: string;
  readonly trained: Trained;
  readonly features: FeaturesModel;
  readonly train: Dataset;
  readonly heldOut: Dataset;
  readonly reference: Reference;
  readonly keys: SamplingKeys;
  readonly budget: Budget;
  readonly batch: number;
  readonly manifest: Manifest;
  readonly tracker: Tracker;
  readonly signal: AbortSignal;
  readonly out: Output;
};

const atOnce = 1000;

/** All rows of a finite data set. */
const allRows = (dataset: Dataset, first: number, count: number, key: Key): Rows => {
  const indices = Array.from({ length: count }, (_, i) => first + i);
  return { n: count, shape: dataset.shape, data: dataset.rows(indices, key).x };
};

const featuresOfAll = async (dataset: Dataset, model: FeaturesModel, key: Key): Promise<Features> => {
  const d = model.d;
  const data = new Float32Array(dataset.size * d);
  for (let first = 0; first < dataset.size; first += atOnce)
    data.set(await model.featuresOf(allRows(dataset, first, Math.min(atOnce, dataset.size - first), key)), first * d);
  return { n: dataset.size, d, data };
};

const kidReference = 2000;

const momentsHash = ({ mean, covariance }: Moments): string =>
  createHash("sha256").update(new Uint8Array(mean.buffer)).update(new Uint8Array(covariance.buffer)).digest("hex");

/** Data for the model, in their two parts. Checks that they are those that the model was trained on. */
const dataOf = async (run: Run, { data, model }: SettingOptions, out: Output) => {
  const { pad, holdOut, size, flip: _ } = run.config.data;
  if (holdOut === undefined)
    throw new UsageError(
      `${model} was trained on all of its data, and reproducing needs images that it has not seen; train with --hold-out 10`,
    );
  const { train, heldOut } = await openParts(
    {
      ...(data ?? run.config.data),
      holdOut,
      ...(pad === undefined ? {} : { pad }),
      ...(size === undefined ? {} : { size }),
    },
    out,
  );
  if (train.shape.join() !== run.config.shape.join())
    throw new UsageError(
      `--data: ${train.name} has the shape [${train.shape.join(", ")}], ${model} makes [${run.config.shape.join(", ")}]; name the data that it was trained on`,
    );
  if (!Number.isFinite(train.size))
    throw new UsageError(`${model} was trained on generated points; reproducing needs images`);
  const fingerprint = fingerprintOf(train);
  if (run.about !== undefined && run.about.data.sha256 !== fingerprint.sha256)
    throw new UsageError(
      `--data: ${model} was trained on ${run.about.data.name} (${run.about.data.rows} examples, SHA-256 ${run.about.data.sha256}), ` +
        `got ${train.name} (${train.size}, ${fingerprint.sha256}); name the folder of those data`,
    );
  return { train, heldOut: heldOut!, fingerprint };
};

const checkFeaturesModel = (
  { config, about }: FeaturesModel,
  run: Run,
  dir: string,
  trainedOn: string | null,
): void => {
  const shape = [config.height, config.width, config.channels];
  if (shape.join() !== run.config.shape.join())
    throw new UsageError(
      `--features: ${dir} takes images [${shape.join(", ")}], the model makes [${run.config.shape.join(", ")}]; train one with train-features`,
    );
  if (about.data.sha256 !== trainedOn)
    throw new UsageError(
      `--features: ${dir} was trained on other images (${about.data.name}, SHA-256 ${about.data.sha256}) than the model; train one with train-features`,
    );
};

/** What {@link withSetting} does not have to make. */
type Given = Pick<Setting, "budget" | "signal" | "out"> & {
  /** What `options.model` says of itself. */
  readonly run: Run;
  /** Prepares the folder of the results, and follows the work; called once everything is known to fit together. */
  readonly open: (manifest: Manifest, budget: Budget) => Promise<Tracker>;
};

/**
 * Opens the weights, features and data of a model, checks that they belong together, and works with them.
 * @throws UsageError if they do not; the typed errors of their files
 */
export const withSetting = async <T>(
  options: SettingOptions,
  { run, budget: asked, signal, out, open }: Given,
  work: (setting: Setting) => Promise<T>,
): Promise<T> => {
  if (run.config.net.kind !== "unet")
    throw new UsageError(
      `--model: ${options.model} makes points, and reproducing needs images; name a model of images`,
    );
  const { train, heldOut, fingerprint } = await dataOf(run, options, out);
  const budget = { ...asked, images: Math.min(asked.images, heldOut.size) };
  const started = await startBackend(options, out.note);
  const features = await openFeatures(options.features);
  try {
    checkFeaturesModel(features, run, options.features, fingerprint.sha256);
    const keys = samplingKeys(options.seed);
    const all = await featuresOfAll(train, features, keys.reference);
    const reference = {
      moments: moments(all),
      some: {
        n: Math.min(kidReference, all.n),
        d: all.d,
        data: all.data.slice(0, Math.min(kidReference, all.n) * all.d),
      },
    };
    const weights = await readWeights(run, options.weights);
    const manifest: Manifest = {
      format: "nonmarkov-reproduction",
      version: 1,
      model: {
        name: basename(resolve(options.model)),
        sha256: weightsHash(run.config, weights.entries),
        step: weights.step,
        weights: options.weights,
      },
      features: { sha256: features.sha256, d: all.d, accuracy: features.about.heldOut.accuracy },
      reference: { data: fingerprint, sha256: momentsHash(reference.moments) },
      heldOut: fingerprintOf(heldOut),
      schedule: run.config.schedule,
      tau: options.tau,
      taus: Object.fromEntries(
        budget.steps
          .filter((S) => S <= 100)
          .map((S) => [
            String(S),
            cellOf(run.schedule, columns[0]!, S, options.tau)
              .table.rows.map(({ t }) => t)
              .reverse(),
          ]),
      ),
      n: budget.n,
      images: budget.images,
      seed: options.seed,
      batch: options.batch,
      backend: backendTitle(started).replace(/, \d+ threads?\)$/, ")"),
    };
    const following = await open(manifest, budget);
    const trained = trainedOf(run, weights);
    try {
      return await work({
        dir: options.out,
        trained,
        features,
        train,
        heldOut,
        reference,
        keys,
        budget,
        batch: options.batch,
        manifest,
        tracker: following,
        signal,
        out,
      });
    } finally {
      following.stop();
      treeDispose(trained.params);
    }
  } finally {
    features.dispose();
  }
};

/** Some images of a data set, its first ones. */
export const firstImages = (dataset: Dataset, count: number, key: Key): Rows => allRows(dataset, 0, count, key);

/** Random images of a data set. */
export const someImages = (dataset: Dataset, count: number, key: Key): Rows => ({
  n: count,
  shape: dataset.shape,
  data: batchAt(dataset, key, 0, count).x,
});
