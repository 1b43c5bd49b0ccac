import { FormatError } from "@nonmarkov/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  parseScheduler,
  parseSchedulerText,
  planScheduler,
  schedulerJson,
  schedulerSchedule,
  type SchedulerClass,
} from "../../src/index.ts";
import { unsupported } from "../../src/scheduler/schedulerDefaults.ts";
import { configurations } from "./arbitraries.ts";

type Defaults = Readonly<Record<string, unknown>>;
const files = ["ddim.json", "ddpm.json", "solvers.json"].map(golden);
const missing = files.find((file) => file.missing)?.missing ?? "";
const schedules = golden("schedules.json");

const ddim = (fields: object = {}) => ({ _class_name: "DDIMScheduler", ...fields });

describe.skipIf(missing)(`against the golden files${missing}`, () => {
  test("the defaults are those of the classes", () => {
    const [ddimDefaults, ddpmDefaults, solvers] = files.map((file) => file.load<{ defaults: Defaults }>().defaults);
    const all: Readonly<Record<string, Defaults>> = {
      DDIMScheduler: ddimDefaults!,
      DDPMScheduler: ddpmDefaults!,
      ...(solvers as Readonly<Record<string, Defaults>>),
    };
    for (const [name, wanted] of Object.entries(all)) {
      const config = parseScheduler({ _class_name: name });
      const supported = Object.entries(wanted).filter(([key]) => !(key in unsupported));
      expect(Object.keys(schedulerJson(config)).sort()).toEqual(
        ["_class_name", ...supported.map(([key]) => key)].filter((key) => key !== "lambda_min_clipped").sort(),
      );
      for (const [key, value] of supported)
        expect([name, key, config[key as keyof typeof config]]).toEqual([
          name,
          key,
          value === "-Infinity" ? -Infinity : value,
        ]);
    }
    expect(Object.keys(all).length).toBe(9);
  });
});

type ScheduleCase = {
  readonly name: string;
  readonly reference: string;
  readonly config?: object;
  readonly alphas_cumprod: readonly number[];
  /** Which entries these are, where they are not all. */
  readonly indices?: readonly number[];
};

describe.skipIf(schedules.missing)(`golden schedules.json from its configurations${schedules.missing}`, () => {
  const cases = schedules.missing ? [] : schedules.load<{ cases: readonly ScheduleCase[] }>().cases;
  const own = cases.filter((c) => c.reference === "diffusers.DDPMScheduler");
  test.each(own.map((c) => [c.name, c] as const))("%s", (_, c) => {
    const { alphaBar } = schedulerSchedule(parseScheduler({ _class_name: "DDPMScheduler", ...c.config }));
    if (c.indices === undefined) expect(alphaBar.length).toBe(c.alphas_cumprod.length + 1);
    c.alphas_cumprod.forEach((want, i) => {
      const got = alphaBar[1 + (c.indices?.[i] ?? i)]!;
      expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-14 + 1e-10 * want);
    });
  });
});

describe("parseScheduler", () => {
  test.each<[string, SchedulerClass, object, readonly number[]]>([
    // as published with well-known models, with fields of other schedulers
    [
      "Stable Diffusion 1.5",
      "PNDMScheduler",
      { _diffusers_version: "0.6.0", beta_end: 0.012, beta_schedule: "scaled_linear", beta_start: 0.00085, num_train_timesteps: 1000, set_alpha_to_one: false, skip_prk_steps: true, steps_offset: 1, trained_betas: null, clip_sample: false },
      [801, 601, 601, 401, 201, 1],
    ],
    [
      "Stable Diffusion 2.1",
      "DDIMScheduler",
      { _diffusers_version: "0.8.0", beta_end: 0.012, beta_schedule: "scaled_linear", beta_start: 0.00085, clip_sample: false, num_train_timesteps: 1000, prediction_type: "v_prediction", set_alpha_to_one: false, skip_prk_steps: true, steps_offset: 1, trained_betas: null },
      [801, 601, 401, 201, 1],
    ],
    [
      "Stable Diffusion XL",
      "EulerDiscreteScheduler",
      { _diffusers_version: "0.19.0.dev0", beta_end: 0.012, beta_schedule: "scaled_linear", beta_start: 0.00085, clip_sample: false, interpolation_type: "linear", num_train_timesteps: 1000, prediction_type: "epsilon", sample_max_value: 1, set_alpha_to_one: false, skip_prk_steps: true, steps_offset: 1, timestep_spacing: "leading", trained_betas: null, use_karras_sigmas: false },
      [801, 601, 401, 201, 1],
    ],
    [
      "ddpm-cifar10-32",
      "DDPMScheduler",
      { _diffusers_version: "0.1.1", beta_end: 0.02, beta_schedule: "linear", beta_start: 0.0001, clip_sample: true, num_train_timesteps: 1000, trained_betas: null, variance_type: "fixed_large" },
      [800, 600, 400, 200, 0],
    ],
  ])("reads the scheduler of %s", (_, name, fields, wanted) => {
    const plan = planScheduler(parseScheduler({ _class_name: name, ...fields }), { steps: 5 });
    expect(plan.table.rows.map((row) => row.time! - 1)).toEqual(wanted);
  }); // prettier-ignore

  test.each<[string, unknown, RegExp]>([
    ["no object", [], /the whole: must be a JSON object, got \[\]/],
    ["no class", {}, /_class_name: must be one of DDIMScheduler, .*, got undefined/],
    ["another class", { _class_name: "LCMScheduler" }, /_class_name: must be one of .*, got "LCMScheduler"/],
    ["an inherited name", { _class_name: "constructor" }, /_class_name: must be one of/],
    ["a field of no scheduler", ddim({ sampler: null }), /sampler: DDIMScheduler must not have this field, got null/],
    ["a field of another that means something", ddim({ solver_order: 3 }), /solver_order: DDIMScheduler must not have/],
    [
      "clipping where there is none",
      { _class_name: "EulerDiscreteScheduler", clip_sample: true },
      /clip_sample: EulerDiscreteScheduler must not have/,
    ],
    [
      "flow matching",
      { _class_name: "DPMSolverMultistepScheduler", use_flow_sigmas: true },
      /use_flow_sigmas: only false is supported, got true/,
    ],
    [
      "another solver inside UniPC",
      { _class_name: "UniPCMultistepScheduler", solver_p: {} },
      /solver_p: only null is supported, got \{\}/,
    ],
    ["a bad number", ddim({ beta_start: "0.1" }), /beta_start: .*expected number.*, got "0.1"/],
    ["a bad choice", ddim({ beta_schedule: "sigmoid" }), /beta_schedule: .*"linear"\|"scaled_linear".*, got "sigmoid"/],
    ["a bad entry", ddim({ num_train_timesteps: 1, trained_betas: [2] }), /trained_betas\.0: /],
    [
      "too few betas",
      ddim({ trained_betas: [0.1] }),
      /trained_betas: there must be num_train_timesteps = 1000.*, got 1/,
    ],
    ["betas that fall", ddim({ beta_start: 0.5 }), /beta_start: must be at most beta_end = 0.02, got 0.5/],
    [
      "two kinds of sigmas",
      { _class_name: "HeunDiscreteScheduler", use_karras_sigmas: true, use_beta_sigmas: true },
      /use_beta_sigmas: only one kind of sigmas can be used/,
    ],
    [
      "bounds without a grid",
      { _class_name: "EulerDiscreteScheduler", sigma_max: 80 },
      /sigma_max: acts only on karras/,
    ],
    [
      "dpmsolver to zero",
      { _class_name: "DPMSolverMultistepScheduler", algorithm_type: "dpmsolver" },
      /final_sigmas_type: must be "sigma_min" for algorithm_type "dpmsolver"/,
    ],
    [
      "thresholding without x0",
      { _class_name: "UniPCMultistepScheduler", predict_x0: false, thresholding: true },
      /thresholding: acts only where predict_x0 is true/,
    ],
  ])("refuses %s", (_, json, message) => {
    expect(() => parseScheduler(json, "a.json")).toThrow(FormatError);
    expect(() => parseScheduler(json, "a.json")).toThrow(message);
    expect(() => parseScheduler(json, "a.json")).toThrow(/^a\.json: /);
  });

  test("reads what Python writes for infinity, but not inside of strings", () => {
    const text =
      '{"_class_name": "DPMSolverMultistepScheduler", "_note": "-Infinity \\" NaN", "lambda_min_clipped": -Infinity}';
    expect(parseSchedulerText(text).lambda_min_clipped).toBe(-Infinity);
    expect(() => parseSchedulerText('{"_class_name": "DDIMScheduler", "beta_end": NaN}')).toThrow(
      /beta_end: .*got "NaN"/,
    );
    expect(() => parseSchedulerText("{")).toThrow(/scheduler_config\.json: must be JSON/);
  });

  test("what is written is read as the same", () => {
    fc.assert(
      fc.property(configurations, ({ json }) => {
        const config = parseScheduler(json);
        expect(parseSchedulerText(JSON.stringify(schedulerJson(config)))).toEqual(config);
      }),
    );
  });

  test("whatever is in the file, it is a configuration or a FormatError, and makes a plan or a RangeError", () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.double(),
      fc.integer({ min: -2, max: 70 }),
      fc.constantFrom("sigma_min", "karras", "deis", "bh1", "heun", -Infinity, Infinity, NaN),
    );
    const key = fc.constantFrom(...Object.keys(schedulerJson(parseScheduler(ddim()))), ...Object.keys(unsupported), "solver_order", "algorithm_type", "sigma_min", "disable_corrector", "lambda_min_clipped", "__proto__", "toString"); // prettier-ignore
    const changes = fc.array(fc.tuple(key, value), { maxLength: 3 });
    let [plans, refused] = [0, 0];
    fc.assert(
      fc.property(configurations, changes, ({ json, steps }, entries) => {
        const mutated = { ...json, ...Object.fromEntries(entries) };
        try {
          const { table } = planScheduler(parseScheduler(mutated), { steps });
          expect(table.rows.length).toBeGreaterThan(0);
          plans++;
        } catch (error) {
          if (!(error instanceof FormatError || error instanceof RangeError)) throw error;
          refused++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(plans, refused)).toBeGreaterThan(50);
  });
});
