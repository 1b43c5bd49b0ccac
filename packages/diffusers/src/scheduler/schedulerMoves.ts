import type { Move } from "@nonmarkov/samplers";
import {
  alphaBarAt,
  alphaBarFromNoiseToSignal,
  betaGrid,
  exponentialGrid,
  indexAt,
  karrasGrid,
  logSnr,
  noiseToSignal,
  type Schedule,
} from "@nonmarkov/schedule";
import type { SchedulerClass, SchedulerConfig } from "./schedulerConfig.ts";
import { spacedTimes } from "./spacedTimes.ts";

/** Where a run stops: an index, 0..T, maybe fractional, and the noise level there. */
type Level = { readonly t: number; readonly alphaBar: number };

/** What is to be visited. */
export type MovesRequest = {
  /** The configuration. */
  readonly config: SchedulerConfig;
  /** Its schedule. */
  readonly schedule: Schedule;
  /** How many steps, or the timesteps themselves as indices 1..T, descending. */
  readonly visit: number | readonly number[];
  /** Whether diffusers' own edge cases are wanted. */
  readonly compatible: boolean;
};

const clean: Level = { t: 0, alphaBar: 1 };

/** The grids of these lie between the levels that the spacing visits; those of the others between all levels. */
const gridsWithinSpacing: ReadonlySet<SchedulerClass> = new Set(["EulerDiscreteScheduler", "HeunDiscreteScheduler"]);
/** These go from t to t - floor(T/S), wherever the next timestep is. */
const stridesOn: ReadonlySet<SchedulerClass> = new Set(["DDIMScheduler", "DDIMInverseScheduler"]);

const levelOf = (schedule: Schedule, t: number): Level => ({
  t,
  alphaBar: alphaBarAt(schedule, t, { interpolate: "sigma" }),
});

/** The noisiest level that lambda_min_clipped lets a run begin at. */
const lastLevel = ({ lambda_min_clipped: least }: SchedulerConfig, { alphaBar, T }: Schedule): number =>
  T - alphaBar.slice(1).filter((ab) => logSnr(ab) / 2 < least).length;

/** How diffusers makes integers of the timesteps that belong to a grid's levels. */
const toInteger = (config: SchedulerConfig): ((timestep: number) => number) => {
  const { _class_name: name, use_karras_sigmas: karras, use_lu_lambdas: lu, beta_schedule } = config;
  if (gridsWithinSpacing.has(name)) return (timestep) => timestep;
  const cosine = name === "DPMSolverMultistepScheduler" && beta_schedule === "squaredcos_cap_v2";
  return (karras || lu) && !cosine ? (timestep) => Math.round(timestep) : Math.floor;
};

const isGrid = (config: SchedulerConfig): boolean =>
  config.use_karras_sigmas || config.use_exponential_sigmas || config.use_beta_sigmas || config.use_lu_lambdas;

/** The level of a noise-to-signal ratio: the schedule's own where a grid ends in it, which alphaBar from sigma may just miss. */
const levelAt = (schedule: Schedule, sigma: number): Level => {
  const alphaBar = alphaBarFromNoiseToSignal(sigma);
  const t = indexAt(schedule, alphaBar);
  const near = Math.round(t);
  const own = schedule.alphaBar[near]!;
  return noiseToSignal(own) === sigma ? { t: near, alphaBar: own } : { t, alphaBar };
};

/** The levels of karras and its like. */
const gridLevels = ({ config, schedule, visit, compatible }: MovesRequest, spaced: readonly number[]): Level[] => {
  const within = isGrid(config) && gridsWithinSpacing.has(config._class_name);
  const [least, most] = within ? [spaced.at(-1)!, spaced[0]!] : [1, schedule.T];
  const range = {
    sigmaMin: config.sigma_min ?? noiseToSignal(levelOf(schedule, least).alphaBar),
    sigmaMax: config.sigma_max ?? noiseToSignal(levelOf(schedule, most).alphaBar),
  };
  const S = typeof visit === "number" ? visit : visit.length;
  const grid = config.use_karras_sigmas ? karrasGrid : config.use_beta_sigmas ? betaGrid : exponentialGrid;
  const whole = compatible ? toInteger(config) : undefined;
  return grid(schedule, S, range).map((sigma) => {
    const { t, alphaBar } = levelAt(schedule, sigma);
    return { t: whole === undefined ? t : 1 + whole(t - 1), alphaBar };
  });
};

/** One level more than timesteps, equidistant in log sigma, of which the last is left out; with the timesteps' own times. */
const logLinearLevels = (schedule: Schedule, spaced: readonly number[]): Level[] =>
  exponentialGrid(schedule, spaced.length + 1)
    .slice(0, -1)
    .map((sigma, i) => ({ t: spaced[i]!, alphaBar: levelAt(schedule, sigma).alphaBar }));

/** Where the last move ends. */
const finalLevel = ({ config, schedule, compatible }: MovesRequest, levels: readonly Level[]): Level => {
  const { _class_name: name, set_alpha_to_one: toOne, final_sigmas_type: type } = config;
  const first = levelOf(schedule, 1);
  if (config.interpolation_type === "log_linear" && compatible) return first;
  if (toOne && type === "zero" && name !== "DEISMultistepScheduler") return clean;
  const last = levels.at(-1)!;
  // UniPC's grids, whose ends can be set, end with their own last level once more
  if (compatible) return name === "UniPCMultistepScheduler" && isGrid(config) ? last : first;
  // a last move that would change nothing goes on to clean data; an encoder's is left out
  return last.alphaBar >= first.alphaBar && name !== "DDIMInverseScheduler" ? clean : first;
};

/**
 * The moves of a configuration, from the noisiest on; an encoder's are these backwards.
 * @throws RangeError if there are more steps than levels, timesteps are out of order or range, or a grid is empty
 */
export const schedulerMoves = (request: MovesRequest): readonly Move[] => {
  const { config, schedule, visit, compatible } = request;
  const last = lastLevel(config, schedule);
  if (last < 1)
    throw new RangeError(
      `planScheduler: lambda_min_clipped must leave levels to visit, got ${config.lambda_min_clipped}, above that of every level; lower it`,
    );
  const { interpolation_type, _class_name: name } = config;
  const logLinear = interpolation_type === "log_linear";
  const wholeGrid = (isGrid(config) && !gridsWithinSpacing.has(name)) || (logLinear && !compatible);
  const spaced =
    typeof visit !== "number" ? visit : wholeGrid ? [] : spacedTimes({ config, steps: visit, last, compatible });
  const levels =
    isGrid(config) || wholeGrid
      ? gridLevels(request, spaced)
      : logLinear
        ? logLinearLevels(schedule, spaced)
        : spaced.map((t) => levelOf(schedule, t));
  const end = finalLevel(request, levels);
  const stride = typeof visit === "number" ? Math.floor(schedule.T / visit) : undefined;
  const path = levels.map(({ t, alphaBar }, i): Move => {
    const next = levels[i + 1] ?? end;
    const to =
      compatible && stride !== undefined && stridesOn.has(name)
        ? t - stride >= 1
          ? levelOf(schedule, t - stride)
          : end
        : next;
    return { t, s: to.t, alphaBarT: alphaBar, alphaBarS: to.alphaBar };
  });
  return name === "DDIMInverseScheduler" && !compatible ? path.filter(({ t, s }) => t !== s) : path;
};
