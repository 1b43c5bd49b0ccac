import { constant, cosine, fromLogSnr, linear, rescaleZeroTerminalSnr, scaledLinear } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScheduler, planScheduler, schedulerConfigOf, schedulerJson, schedulerSchedule } from "../../src/index.ts";

describe("schedulerConfigOf", () => {
  test("names the schedules that diffusers knows", () => {
    expect(schedulerConfigOf({ schedule: linear() })).toMatchObject({
      _class_name: "DDIMScheduler",
      beta_schedule: "linear",
      beta_start: 0.0001,
      beta_end: 0.02,
      trained_betas: null,
      clip_sample: false,
      set_alpha_to_one: true,
      timestep_spacing: "trailing",
    });
    expect(schedulerConfigOf({ schedule: scaledLinear({ T: 50 }) })).toMatchObject({
      num_train_timesteps: 50,
      beta_schedule: "scaled_linear",
      beta_start: 0.00085,
      beta_end: 0.012,
    });
    expect(schedulerConfigOf({ schedule: cosine({ T: 20 }), prediction: "v" })).toMatchObject({
      beta_schedule: "squaredcos_cap_v2",
      prediction_type: "v_prediction",
    });
  });

  test("writes the betas of others", () => {
    for (const schedule of [constant({ T: 12 }), rescaleZeroTerminalSnr(cosine({ T: 12 }))]) {
      const config = schedulerConfigOf({ schedule, scheduler: "DDPMScheduler", clip: 1, spacing: "leading" });
      expect(config).toMatchObject({ _class_name: "DDPMScheduler", clip_sample: true, timestep_spacing: "leading" });
      expect(schedulerSchedule(config).alphaBar.length).toBe(13);
    }
  });

  test("the file says the schedule that was given", () => {
    const logSnrs = fc
      .uniqueArray(fc.double({ min: -12, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 })
      .map((all) => fromLogSnr(all.sort((a, b) => b - a)));
    const schedules = fc.oneof(
      logSnrs,
      fc.integer({ min: 1, max: 50 }).map((T) => linear({ T, betaEnd: 0.3 })),
    );
    fc.assert(
      fc.property(schedules, (schedule) => {
        const written: unknown = JSON.parse(JSON.stringify(schedulerJson(schedulerConfigOf({ schedule }))));
        const read = planScheduler(parseScheduler(written)).schedule;
        expect(read.T).toBe(schedule.T);
        schedule.alphaBar.forEach((ab, t) => {
          expect(Math.abs(read.alphaBar[t]! - ab)).toBeLessThanOrEqual(1e-9 * Math.min(ab, 1 - ab) + 1e-14 * ab);
        });
      }),
    );
  });

  test("refuses what diffusers does not know", () => {
    expect(() => schedulerConfigOf({ schedule: linear(), prediction: "score" })).toThrow(/must be "eps", "x0" or "v"/);
    expect(() => schedulerConfigOf({ schedule: linear(), clip: -1 })).toThrow(/clip_sample_range/);
  });
});
