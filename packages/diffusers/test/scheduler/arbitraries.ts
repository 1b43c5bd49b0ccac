import fc from "fast-check";

const classes = [
  "DDIMScheduler",
  "DDIMInverseScheduler",
  "DDPMScheduler",
  "DEISMultistepScheduler",
  "DPMSolverMultistepScheduler",
  "DPMSolverSinglestepScheduler",
  "EulerAncestralDiscreteScheduler",
  "EulerDiscreteScheduler",
  "HeunDiscreteScheduler",
  "PNDMScheduler",
  "UniPCMultistepScheduler",
];

const schedule = fc
  .record({
    num_train_timesteps: fc.integer({ min: 2, max: 60 }),
    beta_schedule: fc.constantFrom("linear", "scaled_linear", "squaredcos_cap_v2"),
    betas: fc.tuple(fc.double({ min: 1e-4, max: 0.05, noNaN: true }), fc.double({ min: 0.06, max: 0.4, noNaN: true })),
  })
  .map(({ betas: [beta_start, beta_end], ...rest }) => ({ ...rest, beta_start, beta_end }));

const grid = fc.constantFrom(
  {},
  { use_karras_sigmas: true },
  { use_exponential_sigmas: true },
  { use_beta_sigmas: true },
);
const spacing = fc.record({
  timestep_spacing: fc.constantFrom("linspace", "leading", "trailing"),
  steps_offset: fc.constantFrom(0, 1),
});
const final = fc.record({ final_sigmas_type: fc.constantFrom("zero", "sigma_min") });
const clipping = fc.record({ clip_sample: fc.boolean(), clip_sample_range: fc.constantFrom(0.5, 1) });
const thresholding = fc.record({ thresholding: fc.boolean(), sample_max_value: fc.constantFrom(1, 1.5) });
const prediction = fc.record({ prediction_type: fc.constantFrom("epsilon", "sample", "v_prediction") });
const noiseOrV = fc.record({ prediction_type: fc.constantFrom("epsilon", "v_prediction") });
const alphaToOne = fc.record({ set_alpha_to_one: fc.boolean() });
const order = fc.record({ solver_order: fc.constantFrom(1, 2, 3), lower_order_final: fc.boolean() });

const all = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((found) => Object.assign({}, ...found) as object);

/** What the classes allow beside a schedule. */
const own: Readonly<Record<string, fc.Arbitrary<object>>> = {
  DDIMScheduler: all(spacing, clipping, thresholding, prediction, alphaToOne),
  DDIMInverseScheduler: all(
    spacing.map((found) => (found.timestep_spacing === "linspace" ? { ...found, timestep_spacing: "leading" } : found)),
    clipping,
    alphaToOne,
    noiseOrV,
  ),
  DDPMScheduler: all(
    spacing,
    clipping,
    thresholding,
    prediction,
    fc.record({ variance_type: fc.constantFrom("fixed_small", "fixed_small_log", "fixed_large") }),
  ),
  DEISMultistepScheduler: all(spacing, grid, thresholding, prediction, order),
  DPMSolverMultistepScheduler: all(
    spacing,
    grid,
    thresholding,
    prediction,
    order,
    final,
    fc.constantFrom(
      {},
      { algorithm_type: "sde-dpmsolver++", thresholding: false },
      { algorithm_type: "dpmsolver", final_sigmas_type: "sigma_min" },
      { algorithm_type: "sde-dpmsolver", final_sigmas_type: "sigma_min", thresholding: false },
    ),
    fc.constantFrom({ solver_type: "midpoint" }, { solver_type: "heun" }),
    fc.constantFrom({ lambda_min_clipped: "-Infinity" }, { lambda_min_clipped: -5.1 }),
  ),
  DPMSolverSinglestepScheduler: all(
    grid,
    thresholding,
    prediction,
    order,
    final,
    fc.constantFrom(
      {},
      { algorithm_type: "sde-dpmsolver++", thresholding: false },
      { algorithm_type: "dpmsolver", final_sigmas_type: "sigma_min" },
    ),
    fc.constantFrom({ solver_type: "midpoint" }, { solver_type: "heun" }),
  ),
  UniPCMultistepScheduler: all(
    spacing,
    grid,
    thresholding,
    prediction,
    order,
    final,
    fc.constantFrom({ solver_type: "bh1" }, { solver_type: "bh2" }),
    fc.constantFrom({}, { predict_x0: false, thresholding: false, final_sigmas_type: "sigma_min" }),
  ),
  HeunDiscreteScheduler: all(spacing, grid, clipping, prediction),
  EulerDiscreteScheduler: all(
    spacing,
    final,
    prediction,
    fc.oneof(grid, fc.constant({ interpolation_type: "log_linear" })),
  ),
  EulerAncestralDiscreteScheduler: all(spacing, noiseOrV),
  PNDMScheduler: all(spacing, noiseOrV, alphaToOne, fc.record({ skip_prk_steps: fc.boolean() })),
};

/** A configuration that diffusers would take, and a number of steps for it. */
export const configurations = fc.tuple(fc.constantFrom(...classes), schedule, fc.nat()).chain(([name, betas, n]) =>
  own[name]!.map((fields) => ({
    json: { _class_name: name, ...betas, ...fields } as Record<string, unknown>,
    steps: 1 + (n % betas.num_train_timesteps),
  })),
);
