/** Noise added before the moves of Euler's method, as in Karras et al. 2022; sigma is the noise-to-signal ratio. */
export type ChurnOptions = {
  /** How much noise, divided by the number of steps; default 0, none. */
  readonly churn?: number;
  /** The smallest sigma at which there is any, default 0. */
  readonly sigmaMin?: number;
  /** The largest, default Infinity. */
  readonly sigmaMax?: number;
  /** By what the added noise is multiplied, default 1. */
  readonly noise?: number;
};

/** What diffusers' pipelines pass to a scheduler, beside its configuration. */
export type PlanSchedulerOptions = {
  /** S, how many steps; default every timestep. */
  readonly steps?: number;
  /** The timesteps themselves, as diffusers counts them: from 0 to T - 1, descending. In place of steps. */
  readonly timesteps?: readonly number[];
  /** DDIM's eta, default 0. */
  readonly eta?: number;
  /** Whether DDIM derives the noise anew from the changed clean data, default false. */
  readonly useClippedModelOutput?: boolean;
  /** Noise of Euler's method, default none. */
  readonly churn?: ChurnOptions;
  /** Whether the numbers of diffusers are wanted with all that `schedulerDefects` lists; default false. */
  readonly compatible?: boolean;
};
