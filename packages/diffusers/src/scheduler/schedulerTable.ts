import {
  ddim,
  ddimEncode,
  ddpm,
  deis,
  dpmSolverMultistep,
  dpmSolverSinglestep,
  edm,
  euler,
  eulerAncestral,
  heun,
  plms,
  pndm,
  unipc,
  type Move,
  type Table,
} from "@nonmarkov/samplers";
import { sigmaHat, type Schedule } from "@nonmarkov/schedule";
import type { PlanSchedulerOptions } from "./planSchedulerOptions.ts";
import { refuse } from "./refuse.ts";
import type { SchedulerClass, SchedulerConfig } from "./schedulerConfig.ts";

/** What is known when the rows are made. */
export type TableRequest = {
  /** The configuration. */
  readonly config: SchedulerConfig;
  /** Its schedule. */
  readonly schedule: Schedule;
  /** The noise levels visited, from the noisiest on. */
  readonly path: readonly Move[];
  /** What was asked for beside the configuration. */
  readonly options: PlanSchedulerOptions;
};

const withoutCompatible = "leave compatible out";

/** Whether the last move stays at its noise level, as some do in diffusers. */
const standsStill = (path: readonly Move[]): boolean => path.at(-1)!.alphaBarT === path.at(-1)!.alphaBarS;

/** DDIM's eta, but 0 in the last move: what it adds would be left in the result. */
const ddimTable = ({ schedule, path, options: { eta = 0, compatible = false } }: TableRequest): Table =>
  ddim({ eta: compatible || eta === 0 ? eta : (i) => (i === path.length - 1 ? 0 : eta) })(schedule, path);

const ddpmTable = ({ config, schedule, path, options: { compatible = false } }: TableRequest): Table => {
  const { variance_type: type } = config;
  if (type === "fixed_large_log" && compatible)
    refuse(config, 'with variance_type "fixed_large_log" ends in NaN in diffusers', withoutCompatible);
  const learned = type === "learned" || type === "learned_range";
  const large = type === "fixed_large" || type === "fixed_large_log";
  const table = ddpm({ variance: learned ? "learned" : large ? "large" : "small" })(schedule, path);
  const last = table.rows.at(-1)!;
  if (!compatible || last.t <= 1) return table;
  if (learned)
    refuse(
      config,
      "with a learned variance adds noise to the result in diffusers",
      `${withoutCompatible}, or end at 0`,
    );
  // the smallest variance of diffusers is 1e-20
  const sigma = large ? sigmaHat(last.alphaBarT, 1) : 1e-10;
  return { name: table.name, rows: [...table.rows.slice(0, -1), { ...last, sigma }] };
};

const multistepTable = ({ config, schedule, path, options: { compatible = false } }: TableRequest): Table => {
  const { solver_order, algorithm_type, solver_type } = config;
  if (compatible && solver_order === 3 && algorithm_type.startsWith("sde"))
    refuse(config, "of order 3 with noise has a wrong sign, or none of its terms, in diffusers", withoutCompatible);
  const lower = config.euler_at_final || (config.lower_order_final && path.length < 15);
  const last = lower ? 1 : Math.min(solver_order, path.length);
  if (compatible && standsStill(path) && (last === 3 || (last === 2 && solver_type === "heun")))
    refuse(config, "ends in NaN in diffusers where the last step changes nothing", withoutCompatible);
  return dpmSolverMultistep({
    order: solver_order as 1 | 2 | 3,
    algorithm: algorithm_type as "dpmsolver++",
    solver: solver_type as "midpoint",
    curvature: compatible ? "half" : "full",
    lowerOrderFinal: config.lower_order_final,
    eulerAtFinal: config.euler_at_final || path.at(-1)!.alphaBarS === 1,
  })(schedule, path);
};

const singlestepTable = ({ config, schedule, path, options: { compatible = false } }: TableRequest): Table => {
  const { solver_order, algorithm_type, solver_type, thresholding } = config;
  if (compatible && solver_order === 3 && algorithm_type.startsWith("sde") && solver_type === "heun")
    refuse(config, 'of order 3 and solver_type "heun" with noise has a wrong sign in diffusers', withoutCompatible);
  if (compatible && thresholding && algorithm_type === "dpmsolver")
    refuse(config, 'fails in diffusers with thresholding and algorithm_type "dpmsolver"', withoutCompatible);
  if (thresholding && solver_order > 1 && algorithm_type.startsWith("sde"))
    refuse(config, "with noise needs more than the thresholded x0 of its stages", "set thresholding to false");
  return dpmSolverSinglestep({
    order: solver_order as 1 | 2 | 3,
    algorithm: algorithm_type as "dpmsolver++",
    solver: solver_type as "midpoint",
    lowerOrderFinal: config.lower_order_final,
  })(schedule, path);
};

const unipcTable = ({ config, schedule, path, options: { compatible = false } }: TableRequest): Table => {
  const { solver_order, solver_type, predict_x0, lower_order_final } = config;
  const last = lower_order_final ? 1 : Math.min(solver_order, path.length);
  const toClean = path.at(-1)!.alphaBarS === 1;
  if (compatible && toClean && (solver_type === "bh1" || last > 1))
    refuse(
      config,
      'ends in NaN in diffusers at a final sigma of 0 with solver_type "bh1" or without lower_order_final',
      withoutCompatible,
    );
  if (compatible && standsStill(path) && last === 3)
    refuse(config, "ends in NaN in diffusers where the last step changes nothing", withoutCompatible);
  return unipc({
    order: solver_order as 1 | 2 | 3,
    variant: solver_type as "bh1" | "bh2",
    predict: predict_x0 ? "x0" : "eps",
    lowerOrderFinal: lower_order_final,
    disableCorrector: config.disable_corrector,
  })(schedule, path);
};

const eulerTable = ({ config, schedule, path, options: { churn, compatible = false } }: TableRequest): Table => {
  if (churn === undefined) return euler()(schedule, path);
  if (compatible && (config.prediction_type !== "epsilon" || config.interpolation_type !== "linear"))
    refuse(
      config,
      'as in diffusers takes churn only with prediction_type "epsilon" and interpolation_type "linear"',
      withoutCompatible,
    );
  const { churn: amount, sigmaMin: sMin, sigmaMax: sMax, noise } = churn;
  return edm({
    order: 1,
    evaluateAt: compatible ? "stop" : "raised",
    ...(amount !== undefined && { churn: amount }),
    ...(sMin !== undefined && { sMin }),
    ...(sMax !== undefined && { sMax }),
    ...(noise !== undefined && { noise }),
  })(schedule, path);
};

const tables: Readonly<Record<SchedulerClass, (request: TableRequest) => Table>> = {
  DDIMScheduler: ddimTable,
  DDIMInverseScheduler: ({ schedule, path, options }) =>
    ddimEncode({ evaluateAt: options.compatible ? "target" : "source" })(schedule, path),
  DDPMScheduler: ddpmTable,
  PNDMScheduler: ({ config, schedule, path }) => (config.skip_prk_steps ? plms() : pndm())(schedule, path),
  DPMSolverMultistepScheduler: multistepTable,
  DPMSolverSinglestepScheduler: singlestepTable,
  UniPCMultistepScheduler: unipcTable,
  DEISMultistepScheduler: ({ config, schedule, path }) =>
    deis({ order: config.solver_order as 1 | 2 | 3, lowerOrderFinal: config.lower_order_final })(schedule, path),
  HeunDiscreteScheduler: ({ schedule, path }) => heun()(schedule, path),
  EulerDiscreteScheduler: eulerTable,
  EulerAncestralDiscreteScheduler: ({ schedule, path }) => eulerAncestral()(schedule, path),
};

/**
 * The rows of a scheduler's method on a path.
 * @throws RangeError if the method cannot do what is asked for
 */
export const schedulerTable = (request: TableRequest): Table => tables[request.config._class_name](request);
