import type { Tensor } from "@nonmarkov/autodiff";
import {
  type DenoiserOptions,
  graphModelDenoiser,
  layersModelDenoiser,
  type ModelDenoiser,
  onnxDenoiser,
} from "@nonmarkov/adapters";
import { openOnnx, openTfjs } from "@nonmarkov/adapters/node";
import { labelTensor } from "@nonmarkov/nets";
import type { Denoiser } from "@nonmarkov/samplers";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./errors.ts";
import type { BackendOptions } from "./options/common.ts";
import type { OutsideOptions } from "./options/outside-options.ts";
import type { RunConfig } from "./run-config.ts";
import { usage } from "./usage.ts";

/** A network from elsewhere, as samples are drawn with it. */
export type OutsideNetwork = {
  /** The network for a batch; of labels only where it has an input for them. */
  readonly denoiser: (labels: Tensor | undefined) => Denoiser<Tensor>;
  /** What a run's configuration says of its network. */
  readonly config: Pick<RunConfig, "shape" | "prediction"> & { readonly net: { readonly classes: number } };
  /** The rows that it takes at once; undefined for any number. */
  readonly batch: number | undefined;
  /** Frees it. */
  readonly release: () => Promise<void>;
};

type Opened = {
  readonly denoiser: (options: DenoiserOptions) => ModelDenoiser;
  readonly release: () => Promise<void>;
};

/** Whether a folder is one of diffusers: a pipeline, or a network that says of which class it is. */
export const isDiffusers = (path: string): boolean => {
  if (existsSync(join(path, "model_index.json"))) return true;
  const config = join(path, "config.json");
  return existsSync(config) && readFileSync(config, "utf8").includes('"_class_name"');
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const open = async (path: string, { runtime, threads }: OutsideOptions & BackendOptions): Promise<Opened> => {
  if (path.endsWith(".onnx")) {
    const model = await openOnnx(path, {
      ...(runtime === undefined ? {} : { runtime }),
      ...(threads === undefined ? {} : { threads }),
    });
    return { denoiser: (options) => onnxDenoiser({ model, ...options }), release: () => model.session.release() };
  }
  if (runtime !== undefined) throw new UsageError(`--runtime: is for ONNX files, not for ${path}; leave it out`);
  const opened = await openTfjs(isFolder(path) ? join(path, "model.json") : path);
  const { model } = opened;
  return {
    denoiser: (options) =>
      opened.format === "graph-model"
        ? graphModelDenoiser({ model: opened.model, ...options })
        : layersModelDenoiser({ model: opened.model, ...options }),
    release: () => Promise.resolve(void model.dispose()),
  };
};

/** The shape of its rows: as asked for, else as the model says. */
const shapeOf = (asked: readonly number[] | undefined, row: ModelDenoiser["row"]): number[] => {
  const known = asked ?? row;
  if (known === undefined || known.some((n) => n === undefined))
    throw new UsageError("--shape: the model takes images of any size; say which, like --shape 32,32,3");
  const fits =
    row === undefined || (row.length === known.length && row.every((n, i) => n === undefined || n === known[i]));
  if (!fits)
    throw new UsageError(
      `--shape: the model takes rows of [${row.map((n) => n ?? "?").join(", ")}], got [${known.join(", ")}]; leave it out`,
    );
  return known.map((n) => n!);
};

/** Makes something with a label that only stands for others, or without. */
const withLabel = <T>(wanted: boolean, make: (labels: Tensor | undefined) => T): T => {
  const labels = wanted ? labelTensor([0], 1) : undefined;
  try {
    return make(labels);
  } finally {
    labels?.dispose();
  }
};

/**
 * Opens a network from elsewhere on the running backend.
 * @throws UsageError if the options do not fit its inputs and outputs
 * @throws FileError, FormatError if its files are not what they must be; MissingPeerError if a package is not installed
 */
export const openOutside = async (path: string, options: OutsideOptions & BackendOptions): Promise<OutsideNetwork> => {
  const { inputs, output, timeBase, layout, shape, prediction = "eps" } = options;
  const { denoiser, release } = await open(path, options);
  try {
    const called: DenoiserOptions = {
      ...(inputs === undefined ? {} : { inputs }),
      ...(output === undefined ? {} : { output }),
      ...(timeBase === undefined ? {} : { time: { base: timeBase } }),
      ...(layout === undefined ? {} : { layout }),
    };
    const withLabels = inputs?.labels !== undefined;
    const make = (labels: Tensor | undefined): ModelDenoiser =>
      denoiser({ ...called, ...(labels === undefined ? {} : { labels }) });
    const { batch, row } = usage(() => withLabel(withLabels, make));
    return {
      denoiser: make,
      config: { shape: shapeOf(shape, row), prediction, net: { classes: withLabels ? Number.MAX_SAFE_INTEGER : 0 } },
      batch,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
};
