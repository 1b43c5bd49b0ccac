import type { Move, Prediction, Table } from "@nonmarkov/samplers";
import type { Schedule } from "@nonmarkov/schedule";
import { derivedEps } from "./derivedEps.ts";
import type { PlanSchedulerOptions } from "./planSchedulerOptions.ts";
import { pndmStages } from "./pndmStages.ts";
import { pndmTable } from "./pndmTable.ts";
import { refuse } from "./refuse.ts";
import type { SchedulerClass, SchedulerConfig } from "./schedulerConfig.ts";
import { schedulerMoves } from "./schedulerMoves.ts";
import { schedulerPrediction } from "./schedulerPrediction.ts";
import { schedulerSchedule } from "./schedulerSchedule.ts";
import { schedulerTable } from "./schedulerTable.ts";
import { type X0Change, x0ChangeOf } from "./x0Change.ts";

/** A scheduler as numbers: what to run, and what the run needs beside the network. Plain JSON data. */
export type SchedulerPlan = {
  /** The noise schedule that the network was trained on. */
  readonly schedule: Schedule;
  /** The noise levels visited, from the noisiest on; an encoder's are these backwards. */
  readonly moves: readonly Move[];
  /** The rows. Their times are diffusers' timesteps plus 1. */
  readonly table: Table;
  /** What the network's output counts as in the run. */
  readonly prediction: Prediction;
  /** How the predicted clean data are changed, or null. */
  readonly changeX0: X0Change | null;
  /**
   * What the second half of the network's output channels is: the variance of the fresh noise ("learned"), its place
   * between the small and the large one ("learned_range"), or not used ("unused"); null where there is no second half.
   */
  readonly variance: "learned" | "learned_range" | "unused" | null;
  /**
   * What a standard normal draw z is multiplied by to be the state that the run starts from: 1, or barely less. Where
   * diffusers starts from init_noise_sigma·z in coordinates x/√alphaBar, this is the same state in those of x.
   */
  readonly initialScale: number;
};

/** These start from noise of the largest sigma, where the others start from noise of variance 1. */
const startsFromSigma: ReadonlySet<SchedulerClass> = new Set([
  "HeunDiscreteScheduler",
  "EulerDiscreteScheduler",
  "EulerAncestralDiscreteScheduler",
]);

/** The indices to visit, descending, or how many. */
const visitOf = (config: SchedulerConfig, { steps, timesteps }: PlanSchedulerOptions): number | readonly number[] => {
  const { num_train_timesteps: T } = config;
  if (timesteps === undefined) return steps ?? T;
  if (steps !== undefined)
    throw new RangeError("planScheduler: there must be steps or timesteps, got both; leave one of them out");
  if (config.use_karras_sigmas || config.use_exponential_sigmas || config.use_beta_sigmas || config.use_lu_lambdas)
    refuse(config, "chooses its own levels, got timesteps", "pass steps, or switch the configuration's sigmas off");
  if (timesteps.length === 0)
    throw new RangeError("planScheduler: timesteps must have entries, got []; leave them out for all");
  timesteps.forEach((t, i) => {
    const below = timesteps[i - 1] ?? T;
    if (!(Number.isInteger(t) && t >= 0 && t < below))
      throw new RangeError(
        `planScheduler: timesteps[${i}] must be an integer in 0..${below - 1}, got ${t}; list them from the noisiest on`,
      );
  });
  return timesteps.map((t) => t + 1);
};

const checkOptions = (config: SchedulerConfig, options: PlanSchedulerOptions): void => {
  const { eta, useClippedModelOutput, churn } = options;
  const only = (option: string, given: unknown, of: SchedulerClass): void => {
    if (given !== undefined && config._class_name !== of)
      refuse(config, `has no ${option}, got ${JSON.stringify(given)}`, `leave it out, or take ${of}`);
  };
  only("eta", eta, "DDIMScheduler");
  only("useClippedModelOutput", useClippedModelOutput, "DDIMScheduler");
  only("churn", churn, "EulerDiscreteScheduler");
  if (eta !== undefined && !(eta >= 0 && eta < Infinity))
    throw new RangeError(`planScheduler: eta must be >= 0 and finite, got ${eta}; 0 adds no noise, 1 is DDPM's`);
};

const varianceOf = ({ _class_name: name, variance_type: type }: SchedulerConfig): SchedulerPlan["variance"] => {
  if (type !== "learned" && type !== "learned_range") return null;
  return name === "DDPMScheduler" ? type : "unused";
};

/**
 * Maps a scheduler's configuration to a schedule, a path through its noise levels, and a table. The timesteps are those of
 * diffusers; what it does that one may not want (`schedulerDefects`) is done better, unless `compatible`: then the numbers
 * are diffusers', and where those are not numbers there is an error.
 * @throws RangeError if steps, timesteps or eta are out of range, an option is none of this scheduler's, or, where
 * compatible, diffusers itself fails or ends in NaN
 */
export const planScheduler = (config: SchedulerConfig, options: PlanSchedulerOptions = {}): SchedulerPlan => {
  const { compatible = false, useClippedModelOutput = false } = options;
  checkOptions(config, options);
  const schedule = schedulerSchedule(config);
  const path = schedulerMoves({ config, schedule, visit: visitOf(config, options), compatible });
  if (compatible && path.length > 1 && path[0]!.t === path[1]!.t)
    refuse(
      config,
      "runs over its end in diffusers where the first two timesteps are equal",
      "take fewer steps, or leave compatible out",
    );
  const ownPndm = compatible && config._class_name === "PNDMScheduler";
  const planned = ownPndm
    ? pndmTable(
        schedule,
        pndmStages(
          config,
          path.map((move) => move.t),
        ),
        config.prediction_type as "epsilon" | "v_prediction",
      )
    : schedulerTable({ config, schedule, path, options });
  const change = x0ChangeOf(config);
  // these predict the noise, and take it from the changed clean data
  const derives =
    useClippedModelOutput || config.algorithm_type.endsWith("dpmsolver") || config.algorithm_type === "deis";
  const table = change !== null && derives ? derivedEps(planned) : planned;
  return {
    schedule,
    moves: path,
    table,
    prediction: ownPndm ? "eps" : schedulerPrediction(config),
    // a run that stays where it is makes no use of it
    changeX0: table.rows.some((row) => row.x0.some((c) => c !== 0)) ? change : null,
    variance: varianceOf(config),
    initialScale:
      startsFromSigma.has(config._class_name) && config.timestep_spacing !== "leading"
        ? Math.sqrt(1 - path[0]!.alphaBarT)
        : 1,
  };
};
