import {
  cosine,
  fromAlphaBar,
  fromAlphaBarFunction,
  fromBetas,
  linear,
  rescaleZeroTerminalSnr,
  scaledLinear,
  sigmoid,
  type Schedule,
} from "@nonmarkov/schedule";
import type { SchedulerClass, SchedulerConfig } from "./schedulerConfig.ts";

/** √(snr/(1 + snr)) of a logSnr that is distributed as Laplace's. */
const laplace = (time: number): number => {
  const side = Math.sign(0.5 - time) || 1;
  const snr = Math.exp(-0.5 * side * Math.log(1 - 2 * Math.abs(0.5 - time) + 1e-6));
  return Math.sqrt(snr / (1 + snr));
};

const named = (config: SchedulerConfig): Schedule => {
  const { num_train_timesteps: T, beta_start: betaStart, beta_end: betaEnd, trained_betas: trained } = config;
  if (trained !== null) return fromBetas(trained, "trained_betas");
  switch (config.beta_schedule) {
    case "linear":
      return linear({ T, betaStart, betaEnd });
    case "scaled_linear":
      return scaledLinear({ T, betaStart, betaEnd });
    case "squaredcos_cap_v2":
      return cosine({ T });
    case "sigmoid":
      return sigmoid({ T, betaStart, betaEnd });
    case "laplace":
      return fromAlphaBarFunction(laplace, { T, maxBeta: 0.999, name: "laplace" });
    case "exp":
      return fromAlphaBarFunction((time) => Math.exp(-12 * time), { T, maxBeta: 0.999, name: "exp" });
  }
};

/** Those that can begin without any signal; the others are given a trace of it. */
const beginsAtZero: ReadonlySet<SchedulerClass> = new Set(["DDIMScheduler", "DDIMInverseScheduler", "DDPMScheduler"]);

/**
 * The noise schedule of a configuration. With rescale_betas_zero_snr, alphaBar[T] is 0 for DDIM, its inverse and DDPM, and
 * 2^-24 for the solvers, as in diffusers: theirs are equations in log sigma.
 * @throws RangeError if the betas leave no signal at all before the last level
 */
export const schedulerSchedule = (config: SchedulerConfig): Schedule => {
  const schedule = named(config);
  if (!config.rescale_betas_zero_snr) return schedule;
  const { name, alphaBar } = rescaleZeroTerminalSnr(schedule);
  return beginsAtZero.has(config._class_name)
    ? { name, T: schedule.T, alphaBar }
    : fromAlphaBar([...alphaBar.slice(1, -1), 2 ** -24], name);
};
