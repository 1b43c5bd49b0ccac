import { FormatError } from "@nonmarkov/files";
import { z } from "zod";
import type { SchedulerClass, SchedulerConfig } from "./schedulerConfig.ts";
import { defaults, neutral, unsupported, type Fields } from "./schedulerDefaults.ts";

const flag = z.boolean();
/** A flag that diffusers also writes as null. */
const flagOrNull = z.boolean().nullable().transform(Boolean);
const positive = z.number().positive();
const order = z.int().min(1).max(3);

const fields = {
  num_train_timesteps: z.int().min(1),
  beta_start: z.number().positive().max(1),
  beta_end: z.number().positive().max(1),
  beta_schedule: z.enum(["linear", "scaled_linear", "squaredcos_cap_v2"]),
  trained_betas: z.array(z.number().min(0).max(1)).min(1).nullable(),
  rescale_betas_zero_snr: flag,
  prediction_type: z.enum(["epsilon", "sample", "v_prediction"]),
  timestep_spacing: z.enum(["linspace", "leading", "trailing"]),
  steps_offset: z.int().min(0),
  set_alpha_to_one: flag,
  final_sigmas_type: z.enum(["zero", "sigma_min"]),
  clip_sample: flag,
  clip_sample_range: positive,
  thresholding: flag,
  dynamic_thresholding_ratio: z.number().min(0).max(1),
  sample_max_value: z.number().min(1),
  variance_type: z.enum(["learned", "learned_range"]).nullable(),
  skip_prk_steps: flag,
  solver_order: order,
  algorithm_type: z.enum(["dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"]),
  solver_type: z.enum(["midpoint", "heun"]),
  lower_order_final: flag,
  euler_at_final: flag,
  use_karras_sigmas: flagOrNull,
  use_exponential_sigmas: flagOrNull,
  use_beta_sigmas: flagOrNull,
  use_lu_lambdas: flag,
  // Python writes -Infinity as a word that is not JSON: readers of JSON make a text of it
  lambda_min_clipped: z.union([z.number(), z.enum(["-Infinity", "-inf"]).transform(() => -Infinity)]),
  predict_x0: flag,
  disable_corrector: z.array(z.int().min(0)),
  interpolation_type: z.enum(["linear", "log_linear"]),
  sigma_min: positive.nullable(),
  sigma_max: positive.nullable(),
} as const satisfies Record<keyof Fields, z.ZodType>;

/** Where a class allows something else than most. */
const special: Partial<Record<SchedulerClass, Partial<Record<keyof Fields, z.ZodType>>>> = {
  DDPMScheduler: {
    beta_schedule: z.enum(["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace"]),
    variance_type: z.enum([
      "fixed_small",
      "fixed_small_log",
      "fixed_large",
      "fixed_large_log",
      "learned",
      "learned_range",
    ]),
  },
  DDIMInverseScheduler: { timestep_spacing: z.enum(["leading", "trailing"]) },
  PNDMScheduler: { prediction_type: z.enum(["epsilon", "v_prediction"]) },
  DPMSolverSinglestepScheduler: { algorithm_type: z.enum(["dpmsolver++", "dpmsolver", "sde-dpmsolver++"]) },
  UniPCMultistepScheduler: { solver_type: z.enum(["bh1", "bh2"]) },
  DEISMultistepScheduler: { algorithm_type: z.enum(["deis"]), solver_type: z.enum(["logrho"]) },
  HeunDiscreteScheduler: { beta_schedule: z.enum(["linear", "scaled_linear", "squaredcos_cap_v2", "exp"]) },
  EulerAncestralDiscreteScheduler: { prediction_type: z.enum(["epsilon", "v_prediction"]) },
};

const classes = Object.keys(defaults) as SchedulerClass[];
const has = (of: SchedulerClass, key: string): key is keyof Fields => Object.hasOwn(defaults[of], key);

const schemas = new Map(
  classes.map((of) => {
    const keys = Object.keys(defaults[of]) as (keyof Fields)[];
    return [of, z.object(Object.fromEntries(keys.map((key) => [key, special[of]?.[key] ?? fields[key]]))).partial()];
  }),
);

/** Where errors say that they are. */
type Fail = (field: string, what: string, found: unknown, fix: string) => never;

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
};

/**
 * Whether a field that the class does not have says nothing: diffusers leaves such fields in a file when one class takes
 * over another's configuration.
 */
const isIdle = (key: string, value: unknown): boolean => {
  const owners = classes.filter((of) => has(of, key));
  if (owners.length === 0) return false;
  if (value === null || value === false || (key === "skip_prk_steps" && value === true)) return true;
  return owners.every((of) => show(defaults[of][key as keyof Fields]) === show(value));
};

/** The fields of the file that the class has; the others must mean nothing. */
const ownFields = (
  of: SchedulerClass,
  json: Readonly<Record<string, unknown>>,
  fail: Fail,
): Record<string, unknown> => {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    if (has(of, key)) own[key] = value;
    else if (key.startsWith("_") || isIdle(key, value)) continue;
    else if (!Object.hasOwn(unsupported, key))
      fail(key, `${of} must not have this field`, value, "take it out if it means nothing to this scheduler");
    else if (value !== null && value !== unsupported[key])
      fail(key, `only ${show(unsupported[key])} is supported`, value, "take it out, or take another scheduler");
  }
  return own;
};

const checkTogether = (config: SchedulerConfig, fail: Fail): void => {
  const { trained_betas: betas, num_train_timesteps: T, beta_start, beta_end, sigma_min, sigma_max } = config;
  if (betas !== null && betas.length !== T)
    fail("trained_betas", `there must be num_train_timesteps = ${T} of them`, betas.length, "give one beta per level");
  if (beta_start > beta_end)
    fail("beta_start", `must be at most beta_end = ${beta_end}`, beta_start, "let the betas increase");
  const kinds = (["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas"] as const).filter(
    (kind) => config[kind],
  );
  if (kinds.length > 1)
    fail(kinds[1]!, "only one kind of sigmas can be used", kinds.join(" and "), "set the others to false");
  if (sigma_min !== null && sigma_max !== null && sigma_min >= sigma_max)
    fail("sigma_min", `must be below sigma_max = ${sigma_max}`, sigma_min, "leave both out for the schedule's");
  if (sigma_min !== null || sigma_max !== null)
    if (kinds.length === 0)
      fail(
        sigma_min === null ? "sigma_max" : "sigma_min",
        "acts only on karras, exponential and beta sigmas",
        sigma_min ?? sigma_max,
        "set one of them, or leave it out",
      );
  if (/^(sde-)?dpmsolver$/.test(config.algorithm_type) && config.final_sigmas_type === "zero")
    fail(
      "final_sigmas_type",
      `must be "sigma_min" for algorithm_type ${show(config.algorithm_type)}, whose equation has no end at zero`,
      "zero",
      'set it, or take "dpmsolver++"',
    );
  if (config.thresholding && !config.predict_x0)
    fail("thresholding", "acts only where predict_x0 is true", true, "set one of them to the other value");
  if (config.interpolation_type === "log_linear" && kinds.length > 0)
    fail("interpolation_type", `must be "linear" where ${kinds[0]} is true`, "log_linear", "set one of them back");
};

/**
 * Checks the content of a scheduler_config.json. Fields that the class does not have are accepted where they mean nothing:
 * off (false or null), at the default of every class that has them, or bookkeeping, which begins with an underscore.
 * @param json the parsed file; of its numbers, -Infinity may be the string "-Infinity"
 * @param where the file's name in errors
 * @throws FormatError that names the field if the class is not known, a value is not allowed, an option is not supported,
 * options contradict each other, or a field is none of this class
 */
export const parseScheduler = (json: unknown, where: string = "scheduler_config.json"): SchedulerConfig => {
  const fail: Fail = (field, what, found, fix) => {
    throw new FormatError({ where: `${where}: ${field}`, what, found: show(found), fix });
  };
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return fail("the whole", "must be a JSON object", json, "pass what diffusers' save_config wrote");
  const given = json as Readonly<Record<string, unknown>>;
  const name = given["_class_name"];
  const of = classes.find((known) => known === name);
  if (of === undefined)
    return fail("_class_name", `must be one of ${classes.join(", ")}`, name, "take one of these schedulers");
  const own = ownFields(of, given, fail);
  const parsed = schemas.get(of)!.safeParse(own);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const field = String(path[0]);
    return fail(path.join("."), message, own[field], "mend the file, or take the field out for the default");
  }
  const config = { ...neutral, ...defaults[of], ...(parsed.data as Partial<Fields>), _class_name: of };
  checkTogether(config, fail);
  return config;
};
