import {
  ddim,
  ddimEncode,
  ddpm,
  euler,
  eulerEncode,
  type Planner,
  probabilityFlow,
  probabilityFlowEncode,
  sigmaHat,
  type Table,
} from "@nonmarkov/samplers";
import {
  authorsQuad,
  authorsUniform,
  everyT,
  explicitTau,
  leading,
  linearTau,
  linspace,
  quadraticTau,
  type Schedule,
  trailing,
} from "@nonmarkov/schedule";
import { UsageError } from "./errors.ts";
import type { SamplerOptions, TauOption, tauNames } from "./options/sampler-options.ts";
import { usage } from "./usage.ts";

const taus: Readonly<Record<(typeof tauNames)[number], (T: number, S: number) => readonly number[]>> = {
  linear: linearTau,
  quadratic: quadraticTau,
  leading,
  trailing,
  linspace,
  "authors-uniform": authorsUniform,
  "authors-quad": authorsQuad,
};

/** The visited indices for `--tau` and `--steps`. */
const visited = (schedule: Schedule, tau: TauOption, steps: number): readonly number[] =>
  typeof tau === "string" ? taus[tau](schedule.T, steps) : explicitTau(tau, schedule.T);

const chooseTau = (schedule: Schedule, { sampler, tau, steps }: Pick<SamplerOptions, "sampler" | "tau" | "steps">) => {
  if (typeof tau !== "string" && steps !== undefined && steps !== tau.length)
    throw new UsageError(`--tau: lists ${tau.length} steps but --steps says ${steps}; leave out --steps`);
  if (typeof tau === "string" && steps === undefined && sampler === "ddpm") return everyT(schedule.T);
  return visited(schedule, tau, steps ?? Math.min(50, schedule.T));
};

/** What of the options makes the table. */
export type PlanOptions = Pick<SamplerOptions, "sampler" | "steps" | "eta" | "variance" | "tau">;

/**
 * The table of numbers that the options ask for.
 * @throws UsageError if steps, tau or eta are not possible with the schedule, or an option does not belong to the sampler
 */
export const plan = (schedule: Schedule, options: PlanOptions): Table => {
  const { sampler, eta, variance } = options;
  if (eta !== undefined && sampler !== "ddim")
    throw new UsageError(`--eta: belongs to --sampler ddim, not to ${sampler}; leave it out`);
  if (variance !== undefined && sampler !== "ddpm")
    throw new UsageError(`--variance: belongs to --sampler ddpm, not to ${sampler}; leave it out`);
  const planners: Readonly<Record<SamplerOptions["sampler"], Planner>> = {
    ddim: ddim({ eta: eta ?? 0 }),
    ddpm: ddpm({ variance: variance ?? "small" }),
    "sigma-hat": sigmaHat(),
    euler: euler(),
    "pf-euler": probabilityFlow(),
  };
  return usage(() => planners[sampler](schedule, chooseTau(schedule, options)));
};

/**
 * The table that runs a deterministic sampler backwards, from data to latents.
 * @throws UsageError if steps or tau are not possible with the schedule, or the sampler draws noise
 */
export const planEncode = (
  schedule: Schedule,
  options: Pick<SamplerOptions, "sampler" | "steps" | "tau">,
  evaluateAt: "source" | "target",
): Table => {
  const encoders: Readonly<Partial<Record<SamplerOptions["sampler"], Planner>>> = {
    ddim: ddimEncode({ evaluateAt }),
    euler: eulerEncode({ evaluateAt }),
    "pf-euler": probabilityFlowEncode({ evaluateAt }),
  };
  const encoder = encoders[options.sampler];
  if (encoder === undefined) throw new UsageError(`--sampler: ${options.sampler} draws noise and has no way back`);
  return usage(() => encoder(schedule, chooseTau(schedule, options)));
};

/**
 * Clipping predicted clean data needs a sampler that uses them.
 * @throws UsageError for one that does not
 */
export const checkClip = ({ sampler, clipX0 }: Pick<SamplerOptions, "sampler" | "clipX0">): void => {
  if (clipX0 !== undefined && (sampler === "euler" || sampler === "pf-euler"))
    throw new UsageError(`--clip-x0: ${sampler} makes no use of predicted clean data; take ddim, or leave it out`);
};
