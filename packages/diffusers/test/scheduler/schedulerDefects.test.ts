import { noiseToSignal } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import {
  parseScheduler,
  planScheduler,
  schedulerDefects,
  type PlanSchedulerOptions,
  type SchedulerClass,
  type SchedulerDefect,
} from "../../src/index.ts";

type Example = readonly [SchedulerClass, object, PlanSchedulerOptions];

const multistep = "DPMSolverMultistepScheduler";
const singlestep = "DPMSolverSinglestepScheduler";
const unipc = "UniPCMultistepScheduler";
const karrasToMin = { use_karras_sigmas: true, final_sigmas_type: "sigma_min" };
const sde3 = { algorithm_type: "sde-dpmsolver++", solver_order: 3 };
const few = { num_train_timesteps: 10, beta_end: 0.3 };
const cosine = { num_train_timesteps: 60, beta_schedule: "squaredcos_cap_v2", use_karras_sigmas: true };

/** What shows each defect, by how its text begins. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  'Spacing "trailing" has': [
    ["DDIMScheduler", { timestep_spacing: "trailing" }, { steps: 61 }],
    [multistep, { timestep_spacing: "trailing" }, { steps: 61 }],
  ],
  "A single step with": [
    ["DDIMScheduler", {}, { steps: 1 }],
    ["HeunDiscreteScheduler", {}, { steps: 1 }],
  ],
  "A step goes floor": [
    ["DDIMScheduler", { timestep_spacing: "linspace" }, { steps: 5 }],
    ["DDIMInverseScheduler", { timestep_spacing: "trailing" }, { steps: 7 }],
    ["PNDMScheduler", { timestep_spacing: "linspace", skip_prk_steps: true }, { steps: 7 }],
  ],
  "With set_alpha_to_one false and a last": [
    ["DDIMScheduler", { set_alpha_to_one: false }, { steps: 5 }],
    ["PNDMScheduler", { skip_prk_steps: true }, { steps: 5 }],
  ],
  "With set_alpha_to_one false and a first": [["DDIMInverseScheduler", { set_alpha_to_one: false }, { steps: 5 }]],
  "A grid of sigmas": [
    [multistep, karrasToMin, { steps: 5 }],
    [unipc, karrasToMin, { steps: 5 }],
    ["DEISMultistepScheduler", { use_karras_sigmas: true }, { steps: 5 }],
  ],
  "With set_alpha_to_one false and eta": [
    ["DDIMScheduler", { set_alpha_to_one: false, steps_offset: 1 }, { steps: 5, eta: 1 }],
  ],
  "Noise is added to the result": [["DDPMScheduler", { timestep_spacing: "trailing" }, { steps: 5 }]],
  'variance_type "fixed_large_log"': [["DDPMScheduler", { variance_type: "fixed_large_log" }, { steps: 5 }]],
  "The network is asked at the timestep": [["DDIMInverseScheduler", {}, { steps: 5 }]],
  "Outputs that are v": [
    ["PNDMScheduler", { prediction_type: "v_prediction", skip_prk_steps: true, set_alpha_to_one: true }, { steps: 5 }],
  ],
  "If floor(T/S) is odd": [["PNDMScheduler", { set_alpha_to_one: true }, { steps: 8 }]],
  'Spacing "linspace" or "leading" repeats': [
    [multistep, few, { steps: 10 }],
    [unipc, { ...few, timestep_spacing: "leading" }, { steps: 10 }],
  ],
  "The timesteps of sigma grids": [
    [multistep, { use_karras_sigmas: true }, { steps: 5 }],
    [singlestep, { use_exponential_sigmas: true }, { steps: 5 }],
  ],
  "Where a sigma grid's first": [[unipc, cosine, { steps: 50 }]],
  'thresholding with algorithm_type "dpmsolver"': [
    [singlestep, { thresholding: true, algorithm_type: "dpmsolver", final_sigmas_type: "sigma_min" }, { steps: 5 }],
  ],
  "With lambda_min_clipped": [
    [
      multistep,
      { ...cosine, use_karras_sigmas: false, timestep_spacing: "trailing", lambda_min_clipped: -2 },
      { steps: 30 },
    ],
  ],
  "Third-order steps weigh": [[multistep, { solver_order: 3 }, { steps: 20 }]],
  "Third-order steps with noise": [
    [multistep, sde3, { steps: 5 }],
    [singlestep, { ...sde3, solver_type: "heun" }, { steps: 6 }],
  ],
  'With solver_type "bh1"': [
    [unipc, { solver_type: "bh1" }, { steps: 5 }],
    [unipc, { lower_order_final: false }, { steps: 5 }],
  ],
  "With churn": [["EulerDiscreteScheduler", {}, { steps: 5, churn: { churn: 1 } }]],
  'With interpolation_type "log_linear"': [
    ["EulerDiscreteScheduler", { interpolation_type: "log_linear" }, { steps: 5 }],
  ],
};

const plan = ([name, fields, options]: Example, compatible: boolean) =>
  planScheduler(parseScheduler({ _class_name: name, ...fields }), { ...options, compatible });

const check = (example: Example, { compatible }: SchedulerDefect): void => {
  const ours = plan(example, false);
  if (compatible === "error") expect(() => plan(example, true)).toThrow(/in diffusers|diffusers repeats/);
  else if (compatible === "same") expect(plan(example, true).table.rows).not.toEqual(ours.table.rows);
  else expect(plan(example, true).moves.map((move) => move.t)).toEqual(ours.moves.map((move) => move.t));
};

describe("schedulerDefects", () => {
  test.each(schedulerDefects.map((defect) => [defect.diffusers, defect] as const))("%s", (text, defect) => {
    const found = Object.entries(examples).filter(([begin]) => text.startsWith(begin));
    expect(found.length).toBe(1);
    for (const example of found[0]![1]) {
      expect(defect.schedulers).toContain(example[0]);
      check(example, defect);
    }
  });

  test("there is no example without a defect", () => {
    expect(Object.keys(examples).length).toBe(schedulerDefects.length);
  });

  test("with an odd stride PNDM's first half-way state lies above where the network is asked", () => {
    const [first, second] = plan(["PNDMScheduler", { set_alpha_to_one: true }, { steps: 8 }], true).table.rows;
    expect([first!.time, first!.s, second!.time]).toEqual([876, 814, 813]);
  });

  test("a grid that ends at a level of one's own goes on to the schedule's, but UniPC's stays where compatible", () => {
    const ends = (compatible: boolean) =>
      plan([unipc, { ...karrasToMin, sigma_min: 0.1 }, { steps: 5 }], compatible).moves.at(-1)!;
    expect(noiseToSignal(ends(true).alphaBarT)).toBeCloseTo(0.1, 12);
    expect(ends(true).alphaBarS).toBe(ends(true).alphaBarT);
    expect(ends(false)).toMatchObject({ alphaBarT: ends(true).alphaBarT, s: 1 });
  });

  test("a last step that stands still is an error where diffusers makes NaN of it", () => {
    const order3 = { ...karrasToMin, solver_order: 3, lower_order_final: false };
    for (const name of [multistep, unipc] as const)
      expect(() => plan([name, order3, { steps: 5 }], true)).toThrow(/ends in NaN in diffusers where the last step/);
    const lower = { ...order3, lower_order_final: true };
    expect(plan([multistep, lower, { steps: 14 }], true).moves.length).toBe(14);
    expect(() => plan([multistep, lower, { steps: 15 }], true)).toThrow(/ends in NaN/);
    expect(plan([unipc, lower, { steps: 15 }], true).moves.length).toBe(15);
  });
});
