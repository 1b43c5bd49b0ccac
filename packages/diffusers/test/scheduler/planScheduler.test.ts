import { key } from "@nonmarkov/random";
import { arraySpace, sample, type Denoiser, type Row } from "@nonmarkov/samplers";
import { noiseToSignal } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScheduler, planScheduler, type SchedulerPlan } from "../../src/index.ts";
import { configurations } from "./arbitraries.ts";
import { expectNear, mapX0Of } from "./reference.ts";

const ddim = (fields: object = {}) => parseScheduler({ _class_name: "DDIMScheduler", ...fields });
/** diffusers' timesteps of a plan. */
const timesteps = (plan: SchedulerPlan): number[] => plan.table.rows.map((row) => row.time! - 1);

const isFinite = ({ x, x0, eps, sigma }: Row): boolean => [x, sigma, ...x0, ...eps].every(Number.isFinite);

/** A plan, or undefined where an offset leads out of the schedule, or PNDM has too few steps. */
const planned = (json: Record<string, unknown>, steps: number): SchedulerPlan | undefined => {
  try {
    return planScheduler(parseScheduler(json), { steps });
  } catch (error) {
    expect(String(error)).toMatch(/offset|4 moves or more|lambda_min_clipped|steps must be an integer/);
    return undefined;
  }
};

/** Evaluations of so many moves. */
const evaluations = (json: Record<string, unknown>, moves: number): number => {
  if (json["_class_name"] === "PNDMScheduler") return json["skip_prk_steps"] ? moves + (moves > 1 ? 1 : 0) : moves + 9;
  return json["_class_name"] === "HeunDiscreteScheduler" ? 2 * moves - 1 : moves;
};

describe("planScheduler", () => {
  test("a plan has as many moves as steps, each from where the last one ended to less noise, down to where the configuration ends", () => {
    let seen = 0;
    fc.assert(
      fc.property(configurations, ({ json, steps }) => {
        const plan = planned(json, steps);
        if (plan === undefined) return;
        seen++;
        const { moves, schedule, table } = plan;
        const leftOut = json["_class_name"] === "DDIMInverseScheduler" && moves.length === steps - 1;
        if (!leftOut) expect(moves.length).toBe(steps);
        const falls = moves.every(({ t, s, alphaBarT, alphaBarS }) => alphaBarS > alphaBarT && s <= t);
        const chains = moves.slice(1).every(({ alphaBarT }, i) => alphaBarT === moves[i]!.alphaBarS);
        expect([falls, chains]).toEqual([true, true]);
        expect(moves[0]!.t).toBeLessThanOrEqual(schedule.T);
        expect([1, schedule.alphaBar[1]]).toContain(moves.at(-1)!.alphaBarS);
        const keepsNoise = json["set_alpha_to_one"] === false || json["final_sigmas_type"] === "sigma_min";
        const endsClean =
          !keepsNoise && !["PNDMScheduler", "DEISMultistepScheduler"].includes(`${json["_class_name"]}`);
        if (endsClean) expect(moves.at(-1)!.s).toBe(0);
        expect(table.rows.length).toBe(evaluations(json, moves.length));
        expect(table.rows.every((row) => row.time! >= 1 && isFinite(row))).toBe(true);
        if (moves.at(-1)!.s === 0) expect(table.rows.at(-1)!.sigma).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(seen).toBeGreaterThan(150);
  });

  test("a network that knows the clean data leads there, whatever it predicts", async () => {
    const target = Float64Array.of(0.3, -0.2, 0.45);
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(configurations, async ({ json, steps }) => {
        const plan = planned(json, steps);
        if (plan === undefined || plan.moves.at(-1)!.s > 0 || json["_class_name"] === "DDIMInverseScheduler") return;
        const levels = plan.table.rows.map((row) => row.alphaBarT);
        let call = 0;
        const denoiser: Denoiser<Float64Array> = (x) => {
          const a = levels[call++]!;
          const eps = x.map((value, i) => (value - Math.sqrt(a) * target[i]!) / Math.sqrt(1 - a));
          if (plan.prediction === "eps") return eps;
          if (plan.prediction === "x0") return target.slice();
          return eps.map((e, i) => Math.sqrt(a) * e - Math.sqrt(1 - a) * target[i]!);
        };
        const mapX0 = mapX0Of(plan.changeX0, 1);
        const got = await sample({
          table: plan.table,
          prediction: plan.prediction,
          denoiser,
          xT: Float64Array.of(1.1, 0.2, -1.7).map((z) => z * plan.initialScale),
          space: arraySpace(),
          key: key(1),
          ...(mapX0 && { mapX0 }),
        });
        expectNear(got, target, { abs: 1e-7, rel: 0 });
        seen++;
      }),
      { numRuns: 300 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  test("where compatible there are finite numbers, or an error that says what diffusers does", () => {
    fc.assert(
      fc.property(configurations, ({ json, steps }) => {
        try {
          const { table } = planScheduler(parseScheduler(json), { steps, compatible: true });
          expect(table.rows.every(isFinite)).toBe(true);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          expect(error.message).toMatch(/offset|diffusers|steps|levels/);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a single step begins at the noisiest level, at the cleanest only where compatible", () => {
    expect(timesteps(planScheduler(ddim(), { steps: 1 }))).toEqual([999]);
    expect(timesteps(planScheduler(ddim(), { steps: 1, compatible: true }))).toEqual([0]);
  });

  test("without steps every timestep is visited", () => {
    const plan = planScheduler(ddim({ num_train_timesteps: 5, beta_end: 0.3 }));
    expect(timesteps(plan)).toEqual([4, 3, 2, 1, 0]);
  });

  test("a step goes to the next timestep, where compatible floor(T/S) down", () => {
    const config = ddim({ timestep_spacing: "linspace" });
    const ends = (compatible: boolean) =>
      planScheduler(config, { steps: 5, compatible }).moves.map((move) => move.s - 1);
    expect(ends(false)).toEqual([749, 500, 250, 0, -1]);
    expect(ends(true)).toEqual([799, 549, 300, 50, -1]);
  });

  test("timesteps of one's own are visited as they are", () => {
    const plan = planScheduler(ddim(), { timesteps: [900, 500, 3] });
    expect(timesteps(plan)).toEqual([900, 500, 3]);
    expect(plan.moves.map((move) => move.s)).toEqual([501, 4, 0]);
  });

  test("with eta the last step adds noise only where compatible", () => {
    const config = ddim({ steps_offset: 1, set_alpha_to_one: false });
    const last = (compatible: boolean) => planScheduler(config, { steps: 4, eta: 1, compatible }).table.rows.at(-1)!;
    expect(last(false)).toMatchObject({ t: 2, s: 1, sigma: 0 });
    expect(last(true)).toMatchObject({ t: 2, s: 1 });
    expect(last(true).sigma).toBeGreaterThan(0);
  });

  test("log_linear is the exponential grid, with timesteps that belong to its levels", () => {
    const euler = (fields: object) =>
      planScheduler(parseScheduler({ _class_name: "EulerDiscreteScheduler", ...fields }), { steps: 5 });
    const plan = euler({ interpolation_type: "log_linear" });
    expect(plan.moves).toEqual(euler({ use_exponential_sigmas: true }).moves);
    const ratios = plan.moves.slice(0, -1).map((move) => noiseToSignal(move.alphaBarT) / noiseToSignal(move.alphaBarS));
    ratios.forEach((ratio) => expect(ratio).toBeCloseTo(ratios[0]!, 9));
  });

  test("churn adds noise before the network is asked, where compatible after", () => {
    const config = parseScheduler({ _class_name: "EulerDiscreteScheduler" });
    const rows = (compatible: boolean) =>
      planScheduler(config, { steps: 4, churn: { churn: 1 }, compatible }).table.rows.map((row) => row.time);
    expect(rows(false).map((time) => time === null)).toEqual([true, false, true, false, true, false, true, false]);
    expect(rows(true).map((time) => time! - 1)).toEqual([999, 666, 333, 0]);
  });

  test.each([
    [{ steps: 0 }, /steps must be an integer in 1\.\.1000/],
    [{ steps: 1001 }, /steps must be an integer in 1\.\.1000/],
    [{ steps: 2.5 }, /steps must be an integer in 1\.\.1000/],
    [{ steps: 5, timesteps: [5] }, /steps or timesteps, got both/],
    [{ timesteps: [] }, /timesteps must have entries/],
    [{ timesteps: [1000] }, /timesteps\[0\] must be an integer in 0\.\.999, got 1000/],
    [{ timesteps: [3, 3] }, /timesteps\[1\] must be an integer in 0\.\.2, got 3/],
    [{ steps: 5, eta: -1 }, /eta must be >= 0/],
    [{ steps: 5, churn: { churn: 1 } }, /DDIMScheduler has no churn/],
  ])("refuses %j", (options, message) => {
    expect(() => planScheduler(ddim(), options)).toThrow(RangeError);
    expect(() => planScheduler(ddim(), options)).toThrow(message);
  });

  test("refuses thresholding where noise is added between the stages of a step", () => {
    const fields = {
      _class_name: "DPMSolverSinglestepScheduler",
      algorithm_type: "sde-dpmsolver++",
      thresholding: true,
    };
    expect(() => planScheduler(parseScheduler(fields), { steps: 6 })).toThrow(/needs more than the thresholded x0/);
    const first = planScheduler(parseScheduler({ ...fields, solver_order: 1 }), { steps: 6 });
    expect(first.changeX0).toEqual({ kind: "threshold", ratio: 0.995, max: 1 });
  });

  test("refuses what a scheduler does not have", () => {
    const config = parseScheduler({ _class_name: "UniPCMultistepScheduler", use_karras_sigmas: true });
    expect(() => planScheduler(config, { eta: 0.5 })).toThrow(/UniPCMultistepScheduler has no eta, got 0.5/);
    expect(() => planScheduler(config, { timesteps: [5] })).toThrow(/chooses its own levels, got timesteps/);
  });
});
