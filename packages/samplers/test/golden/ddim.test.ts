import { key } from "@nonmarkov/random";
import { asX0, clipX0, ddim, dynamicThreshold, sample, trajectory } from "@nonmarkov/samplers";
import { leading, linspace, trailing } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  array,
  batchOf,
  expectClose,
  named,
  predictionOf,
  recordedSpace,
  rowOf,
  scheduleOf,
  toyDenoiser,
  type Config,
  type Tensor,
  type Tolerance,
  type Toy,
} from "./reference.ts";

type Step = {
  readonly t: number;
  readonly prev_t: number;
  readonly sigma: number;
  readonly model_output: Tensor;
  readonly variance_noise: Tensor | null;
  readonly pred_original_sample: Tensor;
  readonly prev_sample: Tensor;
};
type Loop = {
  readonly name: string;
  readonly kind: "loop";
  readonly config: Config;
  readonly num_inference_steps: number;
  readonly step_args: { readonly eta: number; readonly use_clipped_model_output: boolean };
  readonly toy_model: Toy;
  readonly timesteps: readonly number[];
  readonly x_T: Tensor;
  readonly steps?: readonly Step[];
  readonly final_sample?: Tensor;
};
type Spacing = {
  readonly name: string;
  readonly kind: "timesteps" | "error";
  readonly config: Config;
  readonly num_inference_steps: number;
  readonly timesteps: readonly number[];
};
type Case = Loop | Spacing;

const file = golden("ddim.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Case[]; tolerance: Tolerance }>();
const loops = cases.filter((c): c is Loop => c.kind === "loop");
const spacings = cases.filter((c): c is Spacing => c.kind !== "loop");

/**
 * In the first step of this case alphaBar is 0 and eta 1, so √(1 - alphaBar_s - sigma²) is exactly 0, as it is here. The
 * reference subtracts, and is left with the square root of a rounding error.
 */
const cancelling = { name: "trailing_zero_snr_v_eta1", step: 0, tolerance: { abs: 1e-7, rel: 0 } };

/** How the reference's settings are said here: x0 is changed by a function, eps re-derived by a wrapped denoiser. */
const mapX0Of = (config: Config, rows: number) => {
  if (config.thresholding)
    return dynamicThreshold({
      ratio: config.dynamic_thresholding_ratio ?? 0.995,
      max: config.sample_max_value ?? 1,
      rows,
    });
  return config.clip_sample === false ? undefined : clipX0(config.clip_sample_range ?? 1);
};

/** The sub-sequence that the reference's settings name. */
const tauOf = ({ config, num_inference_steps: S }: Spacing): readonly number[] => {
  const { num_train_timesteps: T = 1000, timestep_spacing = "leading", steps_offset: offset = 0 } = config;
  if (timestep_spacing === "leading") return leading(T, S, { offset });
  return timestep_spacing === "trailing" ? trailing(T, S) : linspace(T, S);
};

const setUp = ({ config, step_args: { eta, use_clipped_model_output }, num_inference_steps, timesteps, x_T }: Loop) => {
  const schedule = scheduleOf(config);
  const stride = Math.floor(schedule.T / num_inference_steps);
  // the reference's previous index is always t - stride, and that below 0 is alphaBar = 1, or its first entry
  const pairs = timesteps.map((t) => {
    const previous = t - stride;
    return { t: t + 1, s: previous >= 0 ? previous + 1 : config.set_alpha_to_one === false ? 1 : 0 };
  });
  const mapX0 = mapX0Of(config, batchOf(x_T));
  const prediction = predictionOf(config);
  const rederived = use_clipped_model_output && mapX0 !== undefined;
  return {
    pairs,
    rows: pairs.filter(({ t, s }) => t !== s).map(({ t, s }) => rowOf(ddim({ eta }), schedule, t, s)),
    model: (denoiser: ReturnType<typeof toyDenoiser>) =>
      rederived
        ? {
            denoiser: asX0({ denoiser, schedule, space: recordedSpace(batchOf(x_T), []), prediction, mapX0 }),
            prediction: "x0" as const,
          }
        : { denoiser, prediction, ...(mapX0 && { mapX0 }) },
  };
};

describe.skipIf(file.missing)(`golden ddim.json${file.missing}`, () => {
  const edge = "trailing_zero_snr_epsilon_clip_edge";

  test.each(named(loops.filter((c) => c.steps && c.name !== edge)))("%s, step by step", async (_, c) => {
    const { pairs, rows, model } = setUp(c);
    for (const [i, step] of c.steps!.entries()) {
      const x = i === 0 ? c.x_T : c.steps![i - 1]!.prev_sample;
      const { t, s } = pairs[i]!;
      expect([t - 1, s - 1]).toEqual([step.t, Math.max(step.prev_t, s - 1)]);
      if (t === s) {
        expectClose(array(x), step.prev_sample, tolerance);
        continue;
      }
      const row = rows.find((r) => r.t === t)!;
      expect(Math.abs(row.sigma - step.sigma)).toBeLessThan(1e-12);
      let seen = 0;
      for await (const moment of trajectory({
        table: { name: c.name, rows: [row] },
        ...model(() => array(step.model_output)),
        xT: array(x),
        space: recordedSpace(batchOf(x), [step.variance_noise]),
        key: key(0),
      })) {
        expectClose(moment.x0, step.pred_original_sample, tolerance);
        expectClose(
          moment.x,
          step.prev_sample,
          c.name === cancelling.name && i === cancelling.step ? cancelling.tolerance : tolerance,
        );
        seen++;
      }
      expect(seen).toBe(1);
    }
  });

  test.each(named(loops.filter((c) => c.name !== edge)))("%s, closed loop", async (_, c) => {
    const { rows, model } = setUp(c);
    const got = await sample({
      table: { name: c.name, rows },
      ...model(toyDenoiser(c.toy_model)),
      xT: array(c.x_T),
      space: recordedSpace(batchOf(c.x_T), c.steps?.map((step) => step.variance_noise) ?? []),
      key: key(0),
    });
    expectClose(got, c.final_sample ?? c.steps!.at(-1)!.prev_sample, tolerance);
  });

  test(`${edge}: an infinite x0 is an error here, and from the next step on all is equal`, async () => {
    const c = loops.find(({ name }) => name === edge)!;
    const { rows, model } = setUp(c);
    const run = (from: number, x: Tensor) =>
      sample({
        table: { name: c.name, rows: rows.slice(from) },
        ...model(toyDenoiser(c.toy_model)),
        xT: array(x),
        space: recordedSpace(1, []),
      });
    await expect(run(0, c.x_T)).rejects.toThrow(/alphaBar = 0, prediction "eps" does not determine x0/);
    expectClose(await run(1, c.steps![0]!.prev_sample), c.steps!.at(-1)!.prev_sample, tolerance);
  });

  test.each(named(spacings.filter((c) => c.kind === "timesteps")))("%s: the table visits these indices", (_, c) => {
    const table = ddim()(scheduleOf(c.config), tauOf(c));
    // the reference's spurious last entry, -1, is not one of ours
    expect(table.rows.map((row) => row.t - 1)).toEqual(c.timesteps.filter((t) => t >= 0));
  });

  test.each(named(spacings.filter((c) => c.kind === "error")))("%s is a RangeError", (_, c) => {
    expect(() => ddim()(scheduleOf(c.config), tauOf(c))).toThrow(RangeError);
  });

  test("the file's cases were read", () => expect(cases.length).toBeGreaterThan(0));
});
