import type { Prediction } from "@nonmarkov/samplers";
import { betas, type Schedule } from "@nonmarkov/schedule";
import { parseScheduler } from "./parseScheduler.ts";
import type { SchedulerConfig } from "./schedulerConfig.ts";
import { schedulerSchedule } from "./schedulerSchedule.ts";

/** A model of ours, as diffusers is to sample it. */
export type SchedulerConfigSource = {
  /** The noise schedule that it was trained on. */
  readonly schedule: Schedule;
  /** What it predicts, default "eps"; diffusers knows no "score". */
  readonly prediction?: Prediction;
  /** Which scheduler, default "DDIMScheduler"; any of them can be exchanged for another later. */
  readonly scheduler?: "DDIMScheduler" | "DDPMScheduler";
  /** Where the predicted clean data are clipped, default null, not at all. */
  readonly clip?: number | null;
  /** How few timesteps are spread over the schedule, default "trailing", which begins with the noisiest. */
  readonly spacing?: SchedulerConfig["timestep_spacing"];
};

const types: Readonly<Record<Prediction, SchedulerConfig["prediction_type"] | undefined>> = {
  eps: "epsilon",
  x0: "sample",
  v: "v_prediction",
  score: undefined,
};

/** Whether two schedules have the same levels but for rounding. */
const isSame = (a: Schedule, b: Schedule): boolean =>
  a.T === b.T &&
  a.alphaBar.every((ab, t) => {
    const other = b.alphaBar[t]!;
    return ab === other || Math.abs(ab - other) <= 1e-10 * Math.min(ab, 1 - ab);
  });

/**
 * A configuration for a model of ours, so that diffusers samples it: by the name of its schedule where diffusers has one
 * with the same levels ("linear", "scaled_linear", "squaredcos_cap_v2"), else by its betas. For the file see `schedulerJson`.
 * @throws RangeError if the prediction is "score"
 * @throws FormatError if clip is not above 0
 */
export const schedulerConfigOf = ({
  schedule,
  prediction = "eps",
  scheduler = "DDIMScheduler",
  clip = null,
  spacing = "trailing",
}: SchedulerConfigSource): SchedulerConfig => {
  const type = types[prediction];
  if (type === undefined)
    throw new RangeError(
      `schedulerConfigOf: prediction must be "eps", "x0" or "v", got ${JSON.stringify(prediction)}; let the denoiser predict eps, -√(1 - alphaBar)·score`,
    );
  const { T } = schedule;
  const noise = betas(schedule);
  const of = (fields: object): SchedulerConfig =>
    parseScheduler({
      _class_name: scheduler,
      num_train_timesteps: T,
      prediction_type: type,
      timestep_spacing: spacing,
      clip_sample: clip !== null,
      ...(clip !== null && { clip_sample_range: clip }),
      ...fields,
    });
  // 1 - alphaBar[1] has lost digits, which the betas that people choose do not have
  const [beta_start, beta_end] = [noise[1]!, noise[T]!].map((beta) => Number(beta.toPrecision(10)));
  const ranged = beta_start! > 0 && beta_start! <= beta_end! && beta_end! <= 1;
  const candidates = [
    ...(ranged ? ["linear", "scaled_linear"].map((beta_schedule) => ({ beta_schedule, beta_start, beta_end })) : []),
    { beta_schedule: "squaredcos_cap_v2" },
  ];
  const named = candidates.map(of).find((config) => isSame(schedulerSchedule(config), schedule));
  return named ?? of({ trained_betas: noise.slice(1) });
};
