import {
  ddim,
  ddimEncode,
  ddpm,
  dpm2Ancestral,
  edm,
  encodingMoves,
  eulerAncestral,
  eulerEncode,
  type Path,
  pathThrough,
  type Planner,
  probabilityFlowEncode,
  samplers,
  type Table,
} from "@nonmarkov/samplers";
import {
  authorsQuad,
  authorsUniform,
  betaGrid,
  everyT,
  explicitTau,
  exponentialGrid,
  karrasGrid,
  leading,
  linearTau,
  linspace,
  quadraticTau,
  type Schedule,
  trailing,
} from "@nonmarkov/schedule";
import { UsageError } from "./errors.ts";
import type { gridNames, SamplerOptions, TauOption, tauNames } from "./options/sampler-options.ts";
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

/** Noise-to-signal ratios, falling. */
const grids: Readonly<Record<(typeof gridNames)[number], (schedule: Schedule, S: number) => readonly number[]>> = {
  karras: karrasGrid,
  exponential: exponentialGrid,
  beta: betaGrid,
};

/** What of the options makes the path. */
export type PathOptions = Pick<SamplerOptions, "sampler" | "tau" | "steps">;

/** What `--tau` and `--steps` visit, as steps of the schedule or as noise-to-signal ratios. */
export type Stops = { readonly tau: readonly number[] } | { readonly sigmas: readonly number[] };

const isGrid = (tau: TauOption): tau is (typeof gridNames)[number] => typeof tau === "string" && tau in grids;

/** @throws UsageError if there are no such steps */
export const stopsOf = (schedule: Schedule, { sampler, tau, steps }: PathOptions): Stops => {
  if (typeof tau !== "string") {
    if (steps !== undefined && steps !== tau.length)
      throw new UsageError(`--tau: lists ${tau.length} steps but --steps says ${steps}; leave out --steps`);
    return usage(() => ({ tau: explicitTau(tau, schedule.T) }));
  }
  const S = steps ?? Math.min(50, schedule.T);
  if (isGrid(tau)) return usage(() => ({ sigmas: grids[tau](schedule, S) }));
  if (steps === undefined && sampler === "ddpm") return { tau: everyT(schedule.T) };
  return usage(() => ({ tau: taus[tau](schedule.T, S) }));
};

/** The way through stops, down to clean data. */
export const pathOf = (schedule: Schedule, stops: Stops): Path =>
  "tau" in stops ? stops.tau : usage(() => pathThrough(schedule, stops.sigmas));

/** What of the options makes the table. */
export type PlanOptions = PathOptions & Pick<SamplerOptions, "eta" | "churn" | "variance">;

const belongs = (option: string, value: unknown, sampler: string, owners: readonly string[]): void => {
  if (value !== undefined && !owners.includes(sampler))
    throw new UsageError(`--${option}: belongs to --sampler ${owners.join(" or ")}, not to ${sampler}; leave it out`);
};

/**
 * The sampler that the options ask for.
 * @throws UsageError if an option does not belong to it
 */
export const plannerOf = ({
  sampler,
  eta,
  churn,
  variance,
}: Omit<PlanOptions, keyof PathOptions> & Pick<PathOptions, "sampler">): Planner => {
  belongs("eta", eta, sampler, ["ddim", "euler-a", "dpm2-a"]);
  belongs("variance", variance, sampler, ["ddpm"]);
  belongs("churn", churn, sampler, ["edm"]);
  return usage(() => {
    switch (sampler) {
      case "ddim":
        return ddim({ eta: eta ?? 0 });
      case "ddpm":
        return ddpm({ variance: variance ?? "small" });
      case "euler-a":
        return eulerAncestral({ eta: eta ?? 1 });
      case "dpm2-a":
        return dpm2Ancestral({ eta: eta ?? 1 });
      case "edm":
        return edm({ churn: churn ?? 40, sMin: 0.05, sMax: 50, noise: 1.003 });
      default:
        return samplers.find(({ id }) => id === sampler)!.planner;
    }
  });
};

/**
 * The table of numbers that the options ask for.
 * @throws UsageError if steps, tau or eta are not possible with the schedule, or an option does not belong to the sampler
 */
export const plan = (schedule: Schedule, options: PlanOptions): Table => {
  const planner = plannerOf(options);
  return usage(() => planner(schedule, pathOf(schedule, stopsOf(schedule, options))));
};

/** The methods whose published encoders can evaluate the network where a move ends. */
const encoders: Readonly<Record<string, (options: { readonly evaluateAt: "source" | "target" }) => Planner>> = {
  ddim: ddimEncode,
  euler: eulerEncode,
  "pf-euler": probabilityFlowEncode,
};

/**
 * The table that runs a deterministic sampler backwards, from data to latents.
 * @throws UsageError if steps or tau are not possible with the schedule, or the sampler draws noise
 */
export const planEncode = (schedule: Schedule, options: PathOptions, evaluateAt: "source" | "target"): Table => {
  const { sampler } = options;
  const { noise, planner } = samplers.find(({ id }) => id === sampler)!;
  if (noise) throw new UsageError(`--sampler: ${sampler} draws noise and has no way back`);
  const stops = stopsOf(schedule, options);
  const encoder = encoders[sampler]?.({ evaluateAt });
  if (encoder !== undefined) return usage(() => encoder(schedule, pathOf(schedule, stops)));
  if (evaluateAt === "target")
    throw new UsageError(
      `--evaluate-at: ${sampler} evaluates the network where its moves start; ${Object.keys(encoders).join(", ")} can do otherwise`,
    );
  // a method with a memory or stages needs a first move of finite length: the data count as x_1, or the grid's last level
  return usage(() => {
    const path = "tau" in stops ? stops.tau : pathThrough(schedule, stops.sigmas, { end: "last" });
    return planner(schedule, encodingMoves(schedule, path, 1));
  });
};

/**
 * Clipping predicted clean data needs a sampler that uses them.
 * @throws UsageError for one that does not
 */
export const checkClip = ({ sampler, clipX0 }: Pick<SamplerOptions, "sampler" | "clipX0">, { rows }: Table): void => {
  if (clipX0 !== undefined && !rows.some(({ x0 }) => x0.some((c) => c !== 0)))
    throw new UsageError(`--clip-x0: ${sampler} makes no use of predicted clean data; take ddim, or leave it out`);
};
