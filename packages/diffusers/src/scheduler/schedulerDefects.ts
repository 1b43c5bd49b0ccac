import type { SchedulerClass } from "./schedulerConfig.ts";

/** Something that diffusers does and one may not want. */
export type SchedulerDefect = {
  /** Whose. */
  readonly schedulers: readonly SchedulerClass[];
  /** What diffusers does. */
  readonly diffusers: string;
  /** What is done here instead. */
  readonly here: string;
  /** What `compatible` makes of it: the same as diffusers, an error, or what is done here. */
  readonly compatible: "same" | "error" | "as here";
};

const ddim = "DDIMScheduler";
const inverse = "DDIMInverseScheduler";
const ddpm = "DDPMScheduler";
const pndm = "PNDMScheduler";
const multistep = "DPMSolverMultistepScheduler";
const singlestep = "DPMSolverSinglestepScheduler";
const unipc = "UniPCMultistepScheduler";
const deis = "DEISMultistepScheduler";
const heun = "HeunDiscreteScheduler";
const euler = "EulerDiscreteScheduler";
const ancestral = "EulerAncestralDiscreteScheduler";

/** What `planScheduler` does otherwise than diffusers, and what becomes of it with `compatible`. */
export const schedulerDefects: readonly SchedulerDefect[] = [
  {
    schedulers: [ddim, inverse, ddpm, pndm, multistep, unipc, deis, heun, euler, ancestral],
    diffusers: 'Spacing "trailing" has one timestep too many, -1, for some numbers of steps (61 of 1000, for one).',
    here: "There are as many as steps.",
    compatible: "as here",
  },
  {
    schedulers: [ddim, inverse, ddpm, pndm, heun, euler, ancestral],
    diffusers: 'A single step with spacing "leading" or "linspace" is made at the cleanest level.',
    here: "A single step is made at the noisiest level.",
    compatible: "same",
  },
  {
    schedulers: [ddim, inverse, pndm],
    diffusers: "A step goes floor(T/S) down, though the next timestep may lie elsewhere.",
    here: "A step goes to the next timestep.",
    compatible: "same",
  },
  {
    schedulers: [ddim, pndm],
    diffusers: "With set_alpha_to_one false and a last timestep of 0 the last step changes nothing.",
    here: "It goes to clean data.",
    compatible: "same",
  },
  {
    schedulers: [inverse],
    diffusers: "With set_alpha_to_one false and a first timestep of 0 the first step changes nothing.",
    here: "It is left out.",
    compatible: "same",
  },
  {
    schedulers: [multistep, singlestep, unipc, deis, euler],
    diffusers:
      "A grid of sigmas that is to end at the cleanest level has a last step that changes nothing, or gives NaN.",
    here: "It goes to clean data.",
    compatible: "same",
  },
  {
    schedulers: [ddim],
    diffusers: "With set_alpha_to_one false and eta > 0 the last step adds noise.",
    here: "It adds none.",
    compatible: "same",
  },
  {
    schedulers: [ddpm],
    diffusers: "Noise is added to the result unless the last timestep is 0.",
    here: "The last step adds none.",
    compatible: "same",
  },
  {
    schedulers: [ddpm],
    diffusers: 'variance_type "fixed_large_log" takes the square root of a logarithm, NaN.',
    here: 'It is "fixed_large".',
    compatible: "error",
  },
  {
    schedulers: [inverse],
    diffusers: "The network is asked at the timestep where a step ends.",
    here: "It is asked where the step starts; at the cleanest timestep for clean data.",
    compatible: "same",
  },
  {
    schedulers: [pndm],
    diffusers: "Outputs that are v are mixed before they become noise.",
    here: "They become noise, each with its own state, before they are mixed.",
    compatible: "same",
  },
  {
    schedulers: [pndm],
    diffusers: "If floor(T/S) is odd, the first half-way states lie one timestep above where the network is asked.",
    here: "They lie there.",
    compatible: "same",
  },
  {
    schedulers: [multistep, singlestep, unipc, deis],
    diffusers:
      'Spacing "linspace" or "leading" repeats a timestep where there are as many steps as levels, mostly with NaN.',
    here: "Every level is visited.",
    compatible: "error",
  },
  {
    schedulers: [multistep, singlestep, unipc, deis],
    diffusers: "The timesteps of sigma grids are rounded, or cut off, to integers.",
    here: "They are those of the noise levels, with fractions.",
    compatible: "same",
  },
  {
    schedulers: [multistep, singlestep, unipc, deis],
    diffusers: "Where a sigma grid's first two timesteps are equal, the run leaves out a step and fails at its end.",
    here: "They are not.",
    compatible: "error",
  },
  {
    schedulers: [singlestep],
    diffusers: 'thresholding with algorithm_type "dpmsolver" fails.',
    here: "It is done.",
    compatible: "error",
  },
  {
    schedulers: [multistep],
    diffusers: 'With lambda_min_clipped, spacing "trailing" may visit fewer levels than steps.',
    here: "There are as many as steps.",
    compatible: "same",
  },
  {
    schedulers: [multistep],
    diffusers: "Third-order steps weigh the curvature half, which leaves convergence of order 2.",
    here: "They weigh it by the exact integral.",
    compatible: "same",
  },
  {
    schedulers: [multistep, singlestep],
    diffusers: "Third-order steps with noise have a wrong sign, or are not implemented.",
    here: "They have the right one.",
    compatible: "error",
  },
  {
    schedulers: [unipc],
    diffusers: 'With solver_type "bh1", or without lower_order_final, a final sigma of 0 makes NaN.',
    here: "The result is the predicted clean data.",
    compatible: "error",
  },
  {
    schedulers: [euler],
    diffusers: "With churn the network is asked before the noise is added, at the smaller sigma.",
    here: "It is asked after, at the larger.",
    compatible: "same",
  },
  {
    schedulers: [euler],
    diffusers:
      'With interpolation_type "log_linear" timesteps do not belong to their sigmas, and the run ends at the smallest.',
    here: "They do, and it ends at clean data.",
    compatible: "same",
  },
];
