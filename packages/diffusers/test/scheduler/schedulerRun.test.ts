import "@tensorflow/tfjs-backend-cpu";
import { ops, tensorSpace, treeDispose, type Tensor } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { sample } from "@nonmarkov/samplers";
import { memory } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { parseScheduler, planScheduler, schedulerRun } from "../../src/index.ts";

/** Samples [2, 1, 2, 1] in 3 steps, and expects that nothing is left behind. */
const draw = async (fields: object, second?: number): Promise<readonly number[]> => {
  const plan = planScheduler(parseScheduler({ num_train_timesteps: 30, beta_end: 0.3, ...fields }), { steps: 3 });
  const before = memory().numTensors;
  const xT = ops.tensor([0.3, -0.2, 1.2, 2.1], [2, 1, 2, 1]);
  const denoiser = (x: Tensor): Tensor => {
    const parts = [ops.mul(x, -0.5), ...(second === undefined ? [] : [ops.fill(x.shape, second)])];
    const made = ops.concat(parts, 3);
    treeDispose(parts);
    return made;
  };
  const end = await sample({ ...schedulerRun(plan), denoiser, xT, space: tensorSpace, key: key(3) });
  const values = [...(await end.data())];
  treeDispose([xT, end]);
  expect(memory().numTensors).toBe(before);
  return values;
};

const expectClose = (got: readonly number[], want: readonly number[]): void =>
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 5));

describe("schedulerRun", () => {
  const ddpm = { _class_name: "DDPMScheduler", clip_sample: false };

  test("a learned range at its ends is the small and the large variance", async () => {
    const range = { ...ddpm, variance_type: "learned_range" };
    expectClose(await draw(range, -1), await draw({ ...ddpm, variance_type: "fixed_small" }));
    expectClose(await draw(range, 1), await draw({ ...ddpm, variance_type: "fixed_large" }));
  });

  test("a learned variance is the variance itself", async () => {
    const learned = { ...ddpm, variance_type: "learned" };
    const [none, some, more] = [await draw(learned, 0), await draw(learned, 0.01), await draw(learned, 0.04)];
    expect(none.some((value, i) => Math.abs(some[i]! - value) > 1e-3)).toBe(true);
    expectClose(
      more.map((value, i) => value - none[i]!),
      some.map((value, i) => 2 * (value - none[i]!)),
    );
  });

  test("solvers leave the second half alone", async () => {
    const solver = { _class_name: "DPMSolverMultistepScheduler" };
    expectClose(await draw({ ...solver, variance_type: "learned_range" }, 7), await draw(solver));
  });

  test("clips and thresholds", async () => {
    const ddim = { _class_name: "DDIMScheduler", prediction_type: "sample" };
    const free = await draw({ ...ddim, clip_sample: false });
    const limit = Math.max(...free.map(Math.abs)) / 2;
    const clipped = await draw({ ...ddim, clip_sample_range: limit });
    expect(Math.max(...clipped.map(Math.abs))).toBeLessThanOrEqual(limit + 1e-6);
    expect(clipped).not.toEqual(free);
    const loud = { ...ddim, num_train_timesteps: 3, beta_start: 0.01, beta_end: 0.05 };
    const thresholded = { ...loud, thresholding: true, sample_max_value: 100, dynamic_thresholding_ratio: 0 };
    expect(await draw(thresholded)).not.toEqual(await draw({ ...loud, clip_sample: false }));
  });
});
