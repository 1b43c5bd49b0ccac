import { clipTensor, type Tensor, tensorSpace } from "@nonmarkov/autodiff";
import { denoiserOf, labelTensor } from "@nonmarkov/nets";
import type { Key } from "@nonmarkov/random";
import { sample, type Table } from "@nonmarkov/samplers";
import { setImmediate } from "node:timers/promises";
import type { Rows } from "./pictures/rows.ts";
import type { Trained } from "./trained.ts";

/** What a table is run on. */
export type Drawing = {
  readonly trained: Pick<Trained, "net" | "params" | "config">;
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
  /** Predicted clean data are clipped to [-clipX0, clipX0]. */
  readonly clipX0?: number | undefined;
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
  const { trained, table, key, labels, clipX0, signal } = drawing;
  const { net, params, config } = trained;
  const classes =
    labels === undefined || config.net.classes === 0
      ? undefined
      : labelTensor(
          Array.from({ length: count }, (_, i) => labels(first + i)),
          config.net.classes,
        );
  const network = denoiserOf(net, params, classes);
  const xT = drawing.start(first, count);
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
        const predicted = network(x, t);
        evaluated();
        await setImmediate();
        return predicted;
      },
      ...(clipX0 === undefined ? {} : { mapX0: clipTensor(clipX0) }),
    });
    const values = Float32Array.from(await x.data());
    x.dispose();
    return values;
  } finally {
    xT.dispose();
    classes?.dispose();
  }
};

/** Runs a table on n samples, batch after batch. Sample i is the same whatever the batch size and n. */
export const draw = async (drawing: Drawing): Promise<Rows> => {
  const { n, from = 0, batch, table, trained, onProgress } = drawing;
  const { shape } = trained.config;
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(n * size);
  const evaluations = Math.ceil(n / batch) * table.rows.length;
  let done = 0;
  for (let first = 0; first < n; first += batch) {
    const count = Math.min(batch, n - first);
    data.set(await drawBatch(drawing, from + first, count, () => onProgress?.(++done / evaluations)), first * size);
  }
  return { n, shape, data };
};
