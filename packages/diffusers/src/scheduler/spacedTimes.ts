import { everyT, leading, linspace, trailing } from "@nonmarkov/schedule";
import type { SchedulerClass, SchedulerConfig } from "./schedulerConfig.ts";

/** How many steps are to be planned, and of what. */
export type Spacing = {
  /** The configuration. */
  readonly config: SchedulerConfig;
  /** How many timesteps. */
  readonly steps: number;
  /** The noisiest level that may be visited, at most T. */
  readonly last: number;
  /** Whether diffusers' own edge cases are wanted. */
  readonly compatible: boolean;
};

/** These spread one point more than they visit, and leave out the cleanest. */
const spreadsOneMore: ReadonlySet<SchedulerClass> = new Set([
  "DEISMultistepScheduler",
  "DPMSolverMultistepScheduler",
  "DPMSolverSinglestepScheduler",
  "UniPCMultistepScheduler",
]);
/** These do not round the points of linspace. */
const keepsFractions: ReadonlySet<SchedulerClass> = new Set([
  "EulerAncestralDiscreteScheduler",
  "EulerDiscreteScheduler",
  "HeunDiscreteScheduler",
]);

/** Rounded as numpy does, ties to even. */
const rounded = (x: number): number => {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2) : Math.round(x);
};

/** T, T - T/S, ... down from `last`, in the floating point of numpy's arange, which for some S makes one entry too many. */
const trailingFrom = (last: number, T: number, steps: number): number[] => {
  const stride = last - T / steps - last;
  const count = Math.ceil(-last / (-T / steps));
  return Array.from({ length: count }, (_, i) => rounded(last + i * stride)).filter((t) => t >= 1);
};

const oneMore = ({ config, steps, last, compatible }: Spacing): number[] => {
  const { num_train_timesteps: T, timestep_spacing, steps_offset: offset } = config;
  if (timestep_spacing === "trailing")
    return compatible ? trailingFrom(last, T, steps) : trailing(last, steps).reverse();
  if (steps >= last) {
    if (compatible)
      throw new RangeError(
        `planScheduler: with spacing "${timestep_spacing}" there must be fewer steps than levels, ${last}, got ${steps}, where diffusers repeats a timestep; take fewer steps, or leave out compatible`,
      );
    return everyT(last).reverse();
  }
  if (timestep_spacing === "linspace")
    return linspace(last, steps + 1)
      .slice(1)
      .reverse();
  return leading(last, steps + 1)
    .slice(1)
    .map((t) => t + offset)
    .reverse();
};

/**
 * The indices that a configuration visits, descending: diffusers' timesteps plus 1, fractional where theirs are. Where not
 * compatible, a single step begins at the noisiest level, and there are exactly as many as steps.
 * @throws RangeError if there are more steps than levels, or an offset leads out of 1..T
 */
export const spacedTimes = (spacing: Spacing): readonly number[] => {
  const { config, steps, last, compatible } = spacing;
  const { num_train_timesteps: T, timestep_spacing, steps_offset: offset, _class_name: name } = config;
  if (!Number.isInteger(steps) || steps < 1 || steps > last)
    throw new RangeError(`planScheduler: steps must be an integer in 1..${last}, the number of levels, got ${steps}`);
  if (steps === 1 && !compatible) return [last];
  if (spreadsOneMore.has(name)) {
    const times = oneMore(spacing);
    if (times[0]! > T)
      throw new RangeError(
        `planScheduler: steps_offset must keep the timesteps below num_train_timesteps = ${T}, got ${offset} and a first timestep of ${times[0]! - 1}`,
      );
    return times;
  }
  if (timestep_spacing === "trailing") return trailing(T, steps).reverse();
  if (timestep_spacing === "leading") return leading(T, steps, { offset }).reverse();
  if (!keepsFractions.has(name)) return linspace(T, steps).reverse();
  if (steps === 1) return [1];
  const stride = (T - 1) / (steps - 1);
  return Array.from({ length: steps }, (_, i) => (i === 0 ? T : 1 + (steps - 1 - i) * stride));
};
