import { learnedVariance, arrayHalves, sample, trajectory, type Denoiser, type Run } from "@nonmarkov/samplers";
import { sigmaHat } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  named,
  toyDenoiser,
  type Config,
  type Tensor,
  type Tolerance,
  type Toy,
} from "../../../samplers/test/golden/reference.ts";
import { parseScheduler, planScheduler, type SchedulerPlan } from "../../src/index.ts";
import { array, batchOf, expectNear, recorded, runOf } from "./reference.ts";

type Step = {
  readonly t: number;
  readonly std: number | null;
  readonly model_output: Tensor;
  readonly noise: Tensor | null;
  readonly pred_original_sample: Tensor;
  readonly prev_sample: Tensor;
};
type Case = {
  readonly name: string;
  readonly kind: "loop" | "variance_table";
  readonly config: Config;
  readonly num_inference_steps: number | null;
  readonly custom_timesteps: readonly number[] | null;
  readonly timesteps: readonly number[];
  readonly toy_model: Toy;
  readonly x_T: Tensor;
  readonly steps: readonly Step[];
  readonly get_variance: readonly number[];
};

const file = golden("ddpm.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Case[]; tolerance: Tolerance }>();
const loops = cases.filter((c) => c.kind === "loop");
const variances = cases.filter((c) => c.kind === "variance_table");

const planOf = (c: Case, compatible: boolean): SchedulerPlan =>
  planScheduler(parseScheduler({ _class_name: "DDPMScheduler", ...c.config }), {
    ...(c.custom_timesteps && { timesteps: c.custom_timesteps }),
    ...(c.num_inference_steps !== null && { steps: c.num_inference_steps }),
    compatible,
  });

/** What a run needs where the output has a second half. */
const withVariance = (plan: SchedulerPlan, rows: number): Partial<Run<Float64Array>> => {
  if (plan.variance === null) return {};
  const halves = arrayHalves({ rows });
  if (plan.variance === "learned_range") return learnedVariance({ kind: "range", halves });
  const second = (raw: Float64Array): Float64Array => {
    const width = raw.length / rows / 2;
    return Float64Array.from(
      { length: rows * width },
      (_, i) => raw[(2 * Math.floor(i / width) + 1) * width + (i % width)]!,
    );
  };
  return { read: halves.read, mapNoise: (z, _, raw) => second(raw).map((variance, i) => Math.sqrt(variance) * z[i]!) };
};

/** The toy network; where there is a second half, it is the recorded one, since it is no function that is described. */
const network = (c: Case): Denoiser<Float64Array> => {
  const toy = toyDenoiser(c.toy_model);
  if (!c.config.variance_type?.startsWith("learned")) return toy;
  let call = 0;
  return async (x, t) => {
    const raw = array(c.steps[call++]!.model_output);
    raw.set(await toy(x, t)); // these cases have one sample
    return raw;
  };
};

describe.skipIf(file.missing)(`golden ddpm.json from its configurations${file.missing}`, () => {
  test.each(named(loops))("%s", async (_, c) => {
    const plan = planOf(c, true);
    const rows = batchOf(c.x_T);
    expect(plan.table.rows.map((row) => row.time)).toEqual(c.timesteps.map((t) => t + 1));
    const run = (denoiser: Denoiser<Float64Array>): Run<Float64Array> => ({
      ...runOf(
        plan,
        array(c.x_T),
        rows,
        denoiser,
        c.steps.map((step) => step.noise),
      ),
      ...withVariance(plan, rows),
    });
    expectNear(await sample(run(network(c))), array(c.steps.at(-1)!.prev_sample), tolerance);

    let i = 0;
    for await (const { x, x0 } of trajectory(run(recorded(c.steps.map((step) => step.model_output))))) {
      const step = c.steps[i]!;
      const { sigma } = plan.table.rows[i++]!;
      expect(sigma > 0).toBe(step.noise !== null);
      if (step.noise !== null && step.std !== null) expect(Math.abs(sigma - step.std)).toBeLessThan(1e-12);
      expectNear(x0, array(step.pred_original_sample), tolerance);
      expectNear(x, array(step.prev_sample), tolerance);
    }
    expect(i).toBe(c.steps.length);
  });

  test.each(named(loops))("%s: where not compatible, the last step adds no noise, and all else is equal", (_, c) => {
    const [theirs, ours] = [planOf(c, true).table.rows, planOf(c, false).table.rows];
    expect(ours.at(-1)!.sigma).toBe(0);
    expect(ours.at(-1)!.s).toBe(0);
    if (theirs.length > 1) expect(ours.slice(0, -1)).toEqual(theirs.slice(0, -1));
  });

  test.each(named(variances))("%s: the table's variances", (_, c) => {
    const { rows } = planOf(c, false).table;
    rows.forEach(({ s, sigma, alphaBarT }, i) => {
      const entry = c.get_variance[i]!;
      const wanted = c.config.variance_type === "fixed_small_log" ? entry : Math.sqrt(entry);
      // our last step adds no noise; the reference has an entry all the same, its floor of 1e-20 or beta
      const got = s > 0 ? sigma : c.config.variance_type === "fixed_large" ? sigmaHat(alphaBarT, 1) : 1e-10;
      expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-12);
    });
  });

  test("all cases were read", () => expect(cases.length).toBe(24));
});
