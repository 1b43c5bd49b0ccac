import { key } from "@nonmarkov/random";
import {
  arrayHalves,
  clipX0,
  ddpm,
  dynamicThreshold,
  learnedVariance,
  sample,
  sigmaHat,
  trajectory,
} from "@nonmarkov/samplers";
import { sigmaHat as largeSigma } from "@nonmarkov/schedule";
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
  /** null where the network gives a variance of its own to every entry. */
  readonly std: number | null;
  readonly model_output: Tensor;
  readonly noise: Tensor | null;
  readonly pred_original_sample: Tensor;
  readonly prev_sample: Tensor;
};
type Loop = {
  readonly name: string;
  readonly kind: "loop";
  readonly config: Config;
  readonly toy_model: Toy;
  readonly x_T: Tensor;
  readonly steps: readonly Step[];
};
type Variances = {
  readonly name: string;
  readonly kind: "variance_table";
  readonly config: Config;
  readonly timesteps: readonly number[];
  readonly get_variance: readonly number[];
};

const file = golden("ddpm.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly (Loop | Variances)[]; tolerance: Tolerance }>();
const isLearned = ({ variance_type }: Config): boolean => variance_type?.startsWith("learned") ?? false;
const loops = cases.filter((c): c is Loop => c.kind === "loop");
const variances = cases.filter((c): c is Variances => c.kind === "variance_table");

const plannerOf = (config: Config) =>
  ddpm({ variance: isLearned(config) ? "learned" : config.variance_type === "fixed_large" ? "large" : "small" });

const learnedOf = (config: Config, rows: number) =>
  learnedVariance({ kind: config.variance_type === "learned" ? "learned" : "range", halves: arrayHalves({ rows }) });

/** What the network of a step gives; the reference's "learned" is the variance itself, ours its logarithm. */
const outputOf = ({ config }: Loop, { model_output }: Step): Float64Array => {
  const raw = array(model_output);
  const width = raw.length / batchOf(model_output) / 2;
  return config.variance_type === "learned"
    ? raw.map((value, i) => (Math.floor(i / width) % 2 === 1 ? Math.log(value) : value))
    : raw;
};

const mapX0Of = (config: Config, rows: number) => {
  if (config.thresholding)
    return dynamicThreshold({
      ratio: config.dynamic_thresholding_ratio ?? 0.995,
      max: config.sample_max_value ?? 1,
      rows,
    });
  return config.clip_sample === false ? undefined : clipX0(config.clip_sample_range ?? 1);
};

const setUp = ({ config, steps, x_T }: Loop) => {
  const schedule = scheduleOf(config);
  const mapX0 = mapX0Of(config, batchOf(x_T));
  return {
    options: {
      prediction: predictionOf(config),
      key: key(0),
      ...(mapX0 && { mapX0 }),
      ...(isLearned(config) && learnedOf(config, batchOf(x_T))),
    },
    rows: steps.map((step) => {
      const row = rowOf(plannerOf(config), schedule, step.t + 1, Math.max(step.prev_t + 1, 0));
      // the reference adds noise in the last move too unless it starts at its t = 0; a row is data and can say so
      return row.s === 0 && step.noise !== null ? { ...row, sigma: step.std! } : row;
    }),
  };
};

describe.skipIf(file.missing)(`golden ddpm.json${file.missing}`, () => {
  test.each(named(loops))("%s, step by step", async (_, c) => {
    const { rows, options } = setUp(c);
    for (const [i, step] of c.steps.entries()) {
      const x = i === 0 ? c.x_T : c.steps[i - 1]!.prev_sample;
      const row = rows[i]!;
      if (step.noise !== null && step.std !== null) expect(Math.abs(row.sigma - step.std)).toBeLessThan(1e-12);
      let seen = 0;
      for await (const moment of trajectory({
        table: { name: c.name, rows: [row] },
        denoiser: () => outputOf(c, step),
        xT: array(x),
        space: recordedSpace(batchOf(x), [step.noise]),
        ...options,
      })) {
        expectClose(moment.x0, step.pred_original_sample, tolerance);
        expectClose(moment.x, step.prev_sample, tolerance);
        seen++;
      }
      expect(seen).toBe(1);
    }
  });

  test.each(named(loops.filter((c) => !isLearned(c.config))))("%s, closed loop", async (_, c) => {
    const { rows, options } = setUp(c);
    const got = await sample({
      table: { name: c.name, rows },
      denoiser: toyDenoiser(c.toy_model),
      xT: array(c.x_T),
      space: recordedSpace(
        batchOf(c.x_T),
        c.steps.map((step) => step.noise),
      ),
      ...options,
    });
    expectClose(got, c.steps.at(-1)!.prev_sample, tolerance);
  });

  test.each(named(loops.filter((c) => c.config.variance_type === "fixed_large" && c.config.clip_sample === false)))(
    "%s: sigmaHat's rows, written in x0 and eps, make the same samples where x0 is not changed",
    async (_, c) => {
      const { rows, options } = setUp(c);
      const schedule = scheduleOf(c.config);
      const hat = rows.map((row) => ({ ...rowOf(sigmaHat(), schedule, row.t, row.s), sigma: row.sigma }));
      const got = await sample({
        table: { name: c.name, rows: hat },
        denoiser: toyDenoiser(c.toy_model),
        xT: array(c.x_T),
        space: recordedSpace(
          batchOf(c.x_T),
          c.steps.map((step) => step.noise),
        ),
        ...options,
      });
      expectClose(got, c.steps.at(-1)!.prev_sample, tolerance);
      for (const [i, row] of rows.entries())
        if (row.s > 0) expect(rowOf(sigmaHat(), schedule, row.t, row.s).sigma).toBe(rows[i]!.sigma);
    },
  );

  test("both kinds of learned variance are among the loops", () =>
    expect(new Set(loops.map((c) => c.config.variance_type).filter((type) => type?.startsWith("learned"))).size).toBe(
      2,
    ));

  test.each(named(variances.filter((c) => !isLearned(c.config))))("%s: the table's variances", (_, c) => {
    const schedule = scheduleOf(c.config);
    const table = plannerOf(c.config)(schedule, c.timesteps.map((t) => t + 1).reverse());
    table.rows.forEach((row, i) => {
      const recorded = c.get_variance[i]!;
      const want = c.config.variance_type === "fixed_small_log" ? recorded : Math.sqrt(recorded);
      // our last move adds no noise; the reference's table has an entry all the same: its floor of 1e-20, or beta
      const floor = row.s === 0 && c.config.variance_type !== "fixed_large";
      const got = floor ? 1e-10 : row.s === 0 ? largeSigma(row.alphaBarT, 1) : row.sigma;
      expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-12);
    });
  });

  test("the file's cases were read", () => expect(cases.length).toBeGreaterThan(0));
});
