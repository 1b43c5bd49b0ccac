import { sample, trajectory } from "@nonmarkov/samplers";
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
import { parseScheduler, planScheduler } from "../../src/index.ts";
import { array, batchOf, expectNear, recorded, runOf } from "./reference.ts";

type Step = {
  readonly t: number;
  readonly sigma: number;
  readonly model_output: Tensor;
  readonly variance_noise: Tensor | null;
  readonly pred_original_sample: Tensor;
  readonly prev_sample: Tensor;
};
type Loop = {
  readonly name: string;
  readonly kind: "loop";
  readonly config: Config;
  readonly num_inference_steps: number;
  readonly step_args: { readonly eta: number; readonly use_clipped_model_output: boolean };
  readonly toy_model: Toy;
  readonly timesteps: readonly number[];
  readonly x_T: Tensor;
  readonly steps?: readonly Step[];
  readonly final_sample?: Tensor;
};
type Spacing = {
  readonly name: string;
  readonly kind: "timesteps" | "error";
  readonly config: Config;
  readonly num_inference_steps: number;
  readonly timesteps: readonly number[];
};

const file = golden("ddim.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly (Loop | Spacing)[]; tolerance: Tolerance }>();
const loops = cases.filter((c): c is Loop => c.kind === "loop");
const spacings = cases.filter((c): c is Spacing => c.kind !== "loop");
const infinite = "trailing_zero_snr_epsilon_clip_edge";
/** Here √(1 - alphaBar_s - sigma²) is exactly 0; the reference is left with the root of a rounding error. */
const cancelling = "trailing_zero_snr_v_eta1";

const planOf = (c: Loop | Spacing) => {
  const config = parseScheduler({ _class_name: "DDIMScheduler", ...c.config });
  const args = c.kind === "loop" ? c.step_args : { eta: 0, use_clipped_model_output: false };
  return planScheduler(config, {
    steps: c.num_inference_steps,
    eta: args.eta,
    useClippedModelOutput: args.use_clipped_model_output,
    compatible: true,
  });
};

describe.skipIf(file.missing)(`golden ddim.json from its configurations${file.missing}`, () => {
  test.each(named(loops.filter((c) => c.name !== infinite)))("%s", async (_, c) => {
    const plan = planOf(c);
    const rows = batchOf(c.x_T);
    expect(plan.table.rows.map((row) => row.time)).toEqual(c.timesteps.map((t) => t + 1));
    expect(plan.initialScale).toBe(1);
    const noises = c.steps?.map((step) => step.variance_noise) ?? [];
    const got = await sample(runOf(plan, array(c.x_T), rows, toyDenoiser(c.toy_model), noises));
    expectNear(got, array(c.final_sample ?? c.steps!.at(-1)!.prev_sample), tolerance);

    for (const [i, step] of (c.steps ?? []).entries()) {
      const row = plan.table.rows[i]!;
      expect(Math.abs(row.sigma - step.sigma)).toBeLessThan(1e-12);
      const x = array(i === 0 ? c.x_T : c.steps![i - 1]!.prev_sample);
      const one = { ...plan, table: { name: c.name, rows: [row] } };
      let seen = 0;
      for await (const { x: next, x0 } of trajectory(
        runOf(one, x, rows, recorded([step.model_output]), [step.variance_noise]),
      )) {
        const lost = c.name === cancelling && i === 0;
        expectNear(x0, array(step.pred_original_sample), tolerance);
        expectNear(next, array(step.prev_sample), lost ? { abs: 1e-7, rel: 0 } : tolerance);
        seen++;
      }
      expect(seen).toBe(1);
    }
  });

  test(`${infinite}: an infinite x0 is an error here`, async () => {
    const c = loops.find(({ name }) => name === infinite)!;
    const run = runOf(planOf(c), array(c.x_T), batchOf(c.x_T), toyDenoiser(c.toy_model), []);
    await expect(sample(run)).rejects.toThrow(/alphaBar = 0, prediction "eps" does not determine x0/);
  });

  test.each(named(spacings.filter((c) => c.kind === "timesteps")))("%s", (_, c) => {
    // the reference's spurious last entry, -1, is never copied
    const wanted = c.timesteps.filter((t) => t >= 0);
    expect(planOf(c).table.rows.map((row) => row.time! - 1)).toEqual(wanted);
  });

  test.each(named(spacings.filter((c) => c.kind === "error")))("%s is a RangeError", (_, c) => {
    expect(() => planOf(c)).toThrow(RangeError);
  });

  test("all cases were read", () => expect(cases.length).toBe(96));
});
