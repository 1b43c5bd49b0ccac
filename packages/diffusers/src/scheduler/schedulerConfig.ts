/** The schedulers that can be read, by their names in diffusers. */
export type SchedulerClass =
  | "DDIMInverseScheduler"
  | "DDIMScheduler"
  | "DDPMScheduler"
  | "DEISMultistepScheduler"
  | "DPMSolverMultistepScheduler"
  | "DPMSolverSinglestepScheduler"
  | "EulerAncestralDiscreteScheduler"
  | "EulerDiscreteScheduler"
  | "HeunDiscreteScheduler"
  | "PNDMScheduler"
  | "UniPCMultistepScheduler";

/**
 * What a scheduler_config.json says, in the names of the file, with the defaults of its class filled in. A field that the
 * class does not have holds the value that means nothing: false, null, or the only behaviour of that class.
 */
export type SchedulerConfig = {
  /** Which scheduler. */
  readonly _class_name: SchedulerClass;
  /** T, the number of noise levels that the network was trained on. */
  readonly num_train_timesteps: number;
  /** The smallest beta, of the schedules that have one. */
  readonly beta_start: number;
  /** The largest beta, likewise. */
  readonly beta_end: number;
  /** How the betas run from the one to the other, or the name of a function that makes alphaBar. */
  readonly beta_schedule: "linear" | "scaled_linear" | "squaredcos_cap_v2" | "sigmoid" | "laplace" | "exp";
  /** The betas themselves, T of them, in place of a named schedule. */
  readonly trained_betas: readonly number[] | null;
  /** Whether the schedule is rescaled to end without signal. */
  readonly rescale_betas_zero_snr: boolean;
  /** What the network predicts. */
  readonly prediction_type: "epsilon" | "sample" | "v_prediction";
  /** How the timesteps are spread over the schedule. */
  readonly timestep_spacing: "linspace" | "leading" | "trailing";
  /** Added to the timesteps of the spacing "leading"; without a meaning for others. */
  readonly steps_offset: number;
  /** Whether the last step goes to clean data; if not, to the cleanest level of the schedule. */
  readonly set_alpha_to_one: boolean;
  /** The same choice by another name: "zero" is clean data, "sigma_min" the cleanest level. */
  readonly final_sigmas_type: "zero" | "sigma_min";
  /** Whether the predicted clean data are clipped. */
  readonly clip_sample: boolean;
  /** To ± this. */
  readonly clip_sample_range: number;
  /** Whether the predicted clean data are thresholded dynamically, which then replaces clipping. */
  readonly thresholding: boolean;
  /** The quantile of |x0| that becomes the bound. */
  readonly dynamic_thresholding_ratio: number;
  /** The largest bound. */
  readonly sample_max_value: number;
  /** The fresh noise of DDPM; of the solvers, null or that the network's output has a second half, which is not used. */
  readonly variance_type:
    "fixed_small" | "fixed_small_log" | "fixed_large" | "fixed_large_log" | "learned" | "learned_range" | null;
  /** Whether PNDM starts without Runge-Kutta steps. */
  readonly skip_prk_steps: boolean;
  /** The order of a multistep or singlestep solver. */
  readonly solver_order: number;
  /** Which equation DPM-Solver solves. */
  readonly algorithm_type: "dpmsolver++" | "dpmsolver" | "sde-dpmsolver++" | "sde-dpmsolver" | "deis";
  /** The variant of its second order. */
  readonly solver_type: "midpoint" | "heun" | "bh1" | "bh2" | "logrho";
  /** Whether the last steps have a lower order; for DPM-Solver's multistep methods and DEIS, in runs of fewer than 15. */
  readonly lower_order_final: boolean;
  /** Whether the last step has order 1. */
  readonly euler_at_final: boolean;
  /** Levels as in Karras et al. 2022, with rho = 7. */
  readonly use_karras_sigmas: boolean;
  /** Levels equidistant in log sigma. */
  readonly use_exponential_sigmas: boolean;
  /** Levels at the quantiles of Beta(0.6, 0.6). */
  readonly use_beta_sigmas: boolean;
  /** Levels equidistant in logSnr, which are those equidistant in log sigma. */
  readonly use_lu_lambdas: boolean;
  /** Half the least logSnr at which a run may begin; noisier levels are left out. -Infinity leaves out none. */
  readonly lambda_min_clipped: number;
  /** Whether UniPC works in predicted clean data; if not, in predicted noise. */
  readonly predict_x0: boolean;
  /** The steps, counted from 0, after which UniPC does not correct. */
  readonly disable_corrector: readonly number[];
  /** Whether the levels of fractional times are interpolated in sigma, or are equidistant in log sigma. */
  readonly interpolation_type: "linear" | "log_linear";
  /** The smallest sigma of Karras' and its like, null for the schedule's. */
  readonly sigma_min: number | null;
  /** The largest, likewise. */
  readonly sigma_max: number | null;
};
