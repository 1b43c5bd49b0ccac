import { sample, trajectory } from "@nonmarkov/samplers";
import { noiseToSignal } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import { named, toyDenoiser, type Tensor, type Tolerance, type Toy } from "../../../samplers/test/golden/reference.ts";
import { parseScheduler, planScheduler } from "../../src/index.ts";
import { array, batchOf, expectNear, recorded, runOf, scaled } from "./reference.ts";

type Step = {
  readonly t: number;
  readonly model_output: Tensor;
  readonly prev_sample: Tensor;
  readonly pred_original_sample?: Tensor;
  readonly noise?: Tensor | null;
};
type Case = {
  readonly name: string;
  readonly kind?: "error";
  readonly scheduler: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly num_inference_steps: number;
  readonly step_args: {
    readonly s_churn?: number;
    readonly s_tmin?: number;
    readonly s_tmax?: number;
    readonly s_noise?: number;
  };
  readonly toy_model: Toy;
  readonly timesteps: readonly number[];
  readonly init_noise_sigma: number;
  readonly sigmas?: readonly number[];
  readonly x_T: Tensor;
  readonly steps?: readonly Step[];
  readonly final_sample?: Tensor;
};

const file = golden("solvers.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Case[]; tolerance: Tolerance }>();
const errors = cases.filter((c) => c.kind === "error");
/** diffusers itself ends in NaN. */
const nan = new Map([
  ["dpmpp_o2_N_equals_T10", /diffusers repeats a timestep/],
  ["unipc_bh1_o2_N6_final_zero", /ends in NaN in diffusers/],
]);
const loops = cases.filter((c) => c.kind !== "error" && !nan.has(c.name));
/** These show x/√alphaBar. */
const inSigma = new Set(["HeunDiscreteScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler"]);

const planOf = (c: Case) => {
  const { s_churn, s_tmin, s_tmax, s_noise } = c.step_args ?? {};
  return planScheduler(parseScheduler({ _class_name: c.scheduler, ...c.config }), {
    steps: c.num_inference_steps,
    compatible: true,
    ...(s_churn && { churn: { churn: s_churn, sigmaMin: s_tmin!, sigmaMax: s_tmax!, noise: s_noise! } }),
  });
};

/** √alphaBar, or 1 for what is shown as x itself. */
const scaleOf = (c: Case, alphaBar: number): number => (inSigma.has(c.scheduler) ? Math.sqrt(alphaBar) : 1);

describe.skipIf(file.missing)(`golden solvers.json from its configurations${file.missing}`, () => {
  test.each(named(loops))("%s", async (_, c) => {
    const plan = planOf(c);
    const { rows } = plan.table;
    expectNear(
      Float64Array.from(rows, (row) => row.time! - 1),
      Float64Array.from(c.timesteps),
      { abs: 1e-7, rel: 1e-10 },
    );
    if (c.sigmas !== undefined) {
      const stops = [plan.moves[0]!.alphaBarT, ...plan.moves.map((move) => move.alphaBarS)];
      // Heun lists each level but the first and last twice
      const heun = c.scheduler === "HeunDiscreteScheduler";
      const sigmas = heun ? c.sigmas.filter((_, i) => i === 0 || i % 2 === 1) : c.sigmas.slice(0, stops.length);
      expect(sigmas.length).toBe(stops.length);
      stops.forEach((alphaBar, i) => {
        expect(Math.abs(noiseToSignal(alphaBar) - sigmas[i]!)).toBeLessThanOrEqual(1e-10 * Math.max(sigmas[i]!, 1e-3));
      });
    }
    const batch = batchOf(c.x_T);
    const toScale = scaleOf(c, rows[0]!.alphaBarT);
    expect(Math.abs(plan.initialScale - c.init_noise_sigma * toScale)).toBeLessThan(1e-12);
    const start = scaled(c.x_T, toScale);
    const noises = c.steps?.map((step) => step.noise ?? null) ?? [];
    const final = c.final_sample ?? c.steps!.at(-1)!.prev_sample;
    const want = scaled(final, scaleOf(c, rows.at(-1)!.alphaBarS));
    expectNear(await sample(runOf(plan, start, batch, toyDenoiser(c.toy_model), noises)), want, tolerance);

    if (c.steps === undefined) return;
    const outputs = c.steps.map((step) => step.model_output);
    let i = 0;
    for await (const { x, x0 } of trajectory(runOf(plan, start, batch, recorded(outputs), noises))) {
      const { prev_sample, pred_original_sample, noise } = c.steps[i]!;
      const scale = scaleOf(c, rows[i]!.alphaBarS);
      expectNear(x, scaled(prev_sample, scale), tolerance);
      // with churn, the reference's x0 is seen from where noise has been added
      if (pred_original_sample && !(noise && c.step_args.s_churn))
        expectNear(x0, array(pred_original_sample), tolerance);
      i++;
    }
    expect(i).toBe(c.steps.length);
  });

  test.each(named(errors))("%s is an error", (_, c) => {
    expect(() => planOf(c)).toThrow(/PNDM takes 4 steps or more|final_sigmas_type|only one kind of sigmas/);
  });

  test.each([...nan])("%s is an error in place of NaN", (name, message) => {
    expect(() => planOf(cases.find((c) => c.name === name)!)).toThrow(message);
  });

  test("all cases were read", () => expect(cases.length).toBe(82));
});
