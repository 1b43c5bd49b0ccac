import { type Key } from "@nonmarkov/random";
import {
  arraySpace,
  type Denoiser,
  type Planner,
  type Prediction,
  type Row,
  type VectorSpace,
} from "@nonmarkov/samplers";
import {
  cosine,
  fromBetas,
  linear,
  rescaleZeroTerminalSnr,
  scaledLinear,
  type Schedule,
  sigmoid,
} from "@nonmarkov/schedule";
import { expect } from "vitest";

/** A recorded tensor; "NaN" and the infinities are strings. */
export type Tensor = { readonly shape: readonly number[]; readonly data: readonly (number | string)[] };
export type Tolerance = { readonly abs: number; readonly rel: number };
export type Toy = { readonly a: number; readonly b: number; readonly w: number };

/** What the diffusers cases set of a scheduler's configuration. */
export type Config = {
  readonly num_train_timesteps?: number;
  readonly beta_start?: number;
  readonly beta_end?: number;
  readonly beta_schedule?: string;
  readonly trained_betas?: readonly number[];
  readonly clip_sample?: boolean;
  readonly clip_sample_range?: number;
  readonly set_alpha_to_one?: boolean;
  readonly prediction_type?: string;
  readonly thresholding?: boolean;
  readonly dynamic_thresholding_ratio?: number;
  readonly sample_max_value?: number;
  readonly rescale_betas_zero_snr?: boolean;
  readonly variance_type?: string;
  readonly timestep_spacing?: string;
  readonly steps_offset?: number;
};

export const array = (tensor: Tensor): Float64Array => Float64Array.from(tensor.data, Number);
/** Cases as rows of test.each, whose title takes the name. */
export const named = <C extends { readonly name: string }>(cases: readonly C[]): [string, C][] =>
  cases.map((c) => [c.name, c]);
export const batchOf = (tensor: Tensor): number => tensor.shape[0]!;

/** The network of all golden loops. Its time is the 0-based index, ours is 1-based. */
export const toyDenoiser =
  ({ a, b, w }: Toy): Denoiser<Float64Array> =>
  (x, t) =>
    x.map((value) => Math.tanh(a * value + b * Math.sin(w * (t - 1))));

export const scheduleOf = (config: Config): Schedule => {
  const { num_train_timesteps: T = 1000, beta_start: betaStart = 1e-4, beta_end: betaEnd = 0.02 } = config;
  const plain = (): Schedule => {
    if (config.trained_betas) return fromBetas(config.trained_betas);
    switch (config.beta_schedule ?? "linear") {
      case "linear":
        return linear({ T, betaStart, betaEnd });
      case "scaled_linear":
        return scaledLinear({ T, betaStart, betaEnd });
      case "squaredcos_cap_v2":
        return cosine({ T });
      case "sigmoid":
        return sigmoid({ T, betaStart, betaEnd });
      default:
        throw new Error(`no schedule for ${config.beta_schedule}`);
    }
  };
  return config.rescale_betas_zero_snr ? rescaleZeroTerminalSnr(plain()) : plain();
};

export const predictionOf = ({ prediction_type = "epsilon" }: Config): Prediction =>
  prediction_type === "epsilon" ? "eps" : prediction_type === "sample" ? "x0" : "v";

/** The row of one move t → s, whatever the reference's list says comes next. */
export const rowOf = (planner: Planner, schedule: Schedule, t: number, s: number): Row =>
  planner(schedule, s === 0 ? [t] : [s, t]).rows[0]!;

/** Arrays whose noise is what was recorded, in the order of the rows that ask for some. */
export const recordedSpace = (rows: number, noises: readonly (Tensor | null)[]): VectorSpace<Float64Array> => {
  const queue = noises.filter((noise) => noise !== null);
  return { ...arraySpace({ rows }), normal: (_key: Key) => array(queue.shift()!) };
};

export const expectClose = (got: Float64Array, want: Tensor, { abs, rel }: Tolerance): void => {
  expect(got.length).toBe(want.data.length);
  const wanted = array(want);
  const worst = Math.max(
    ...got.map((g, i) => (Math.abs(g - wanted[i]!) - rel * Math.max(1, Math.abs(wanted[i]!))) / abs),
  );
  expect(worst, "error beyond the relative tolerance, in units of the absolute one").toBeLessThanOrEqual(1);
};
