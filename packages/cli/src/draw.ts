import { clipTensor, own, type Tensor, tensorSpace } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import { evaluationsOf, replaceKnown, type Run, sample, type Table } from "@nonmarkov/samplers";
import { setImmediate } from "node:timers/promises";
import { batchDenoiser, type DrawnNetwork } from "./batch-denoiser.ts";
import type { Guidance } from "./guidance.ts";
import { type Inpainting, knownOf } from "./inpainting.ts";
import type { Rows } from "./pictures/rows.ts";

/** What a table is run on. */
export type Drawing = {
  readonly trained: DrawnNetwork;
  readonly table: Table;
  /** Where the rows start: x_T to sample, clean data to encode; samples first .. first + count - 1, owned by the caller. */
  readonly start: (first: number, count: number) => Tensor;
  /** How many. */
  readonly n: number;
  /** The index of the first one, default 0: a part of a larger number of samples is the same as in the whole. */
  readonly from?: number;
  /** The noise: sample i draws in step s from foldIn(foldIn(key, s), i). */
  readonly key: Key;
  /** Samples per network evaluation. */
  readonly batch: number;
  /** The class of each sample, for conditional networks. */
  readonly labels?: ((index: number) => number) | undefined;
  /** How strongly the class guides, for networks that know data without class too. */
  readonly guidance?: Guidance | undefined;
  /** What of every sample is known. */
  readonly inpainting?: Inpainting | undefined;
  /** Predicted clean data are clipped to [-clipX0, clipX0]. */
  readonly clipX0?: number | undefined;
  /** How what the network gives is read, and x0 and noise are changed, where the network came with such functions. */
  readonly functions?: Pick<Run<Tensor>, "read" | "mapX0" | "mapNoise">;
  /** Called after every network evaluation with the part of the work that is done. */
  readonly onProgress?: (part: number) => void;
  /** Ends the drawing with its reason. */
  readonly signal?: AbortSignal;
};

const drawBatch = async (
  drawing: Drawing,
  first: number,
  count: number,
  evaluated: () => void,
): Promise<Float32Array> => {
  const { trained, table, key, labels, guidance, inpainting, clipX0, functions, signal } = drawing;
  const { config } = trained;
  const { denoiser, dispose } = batchDenoiser({
    trained,
    labels: labels && Array.from({ length: count }, (_, i) => labels(first + i)),
    guidance,
  });
  const xT = drawing.start(first, count);
  const known = inpainting && knownOf(inpainting, config.shape, count);
  try {
    const x = await sample<Tensor>({
      table,
      xT,
      key,
      firstIndex: first,
      space: tensorSpace,
      prediction: config.prediction,
      denoiser: async (x, t) => {
        signal?.throwIfAborted();
        const predicted = await denoiser(x, t);
        evaluated();
        await setImmediate();
        return predicted;
      },
      ...functions,
      ...(clipX0 === undefined ? {} : { mapX0: clipTensor(clipX0) }),
      ...(known === undefined ? {} : { correct: replaceKnown(known) }),
    });
    try {
      const whole = own(() => (known === undefined ? x : known.blend(known.known, x)));
      const values = Float32Array.from(await whole.data());
      whole.dispose();
      return values;
    } finally {
      x.dispose();
    }
  } finally {
    xT.dispose();
    known?.dispose();
    dispose();
  }
};

/** Runs a table on n samples, batch after batch. Sample i is the same whatever the batch size and n. */
export const draw = async (drawing: Drawing): Promise<Rows> => {
  const { n, from = 0, batch, table, trained, onProgress } = drawing;
  const { shape } = trained.config;
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(n * size);
  const evaluations = Math.ceil(n / batch) * evaluationsOf(table);
  let done = 0;
  for (let first = 0; first < n; first += batch) {
    const count = Math.min(batch, n - first);
    data.set(await drawBatch(drawing, from + first, count, () => onProgress?.(++done / evaluations)), first * size);
  }
  return { n, shape, data };
};
