import { key } from "@nonmarkov/random";
import {
  dpmSolverMultistep,
  dpmSolverSinglestep,
  dynamicThreshold,
  plms,
  pndm,
  sample,
  trajectory,
  unipc,
  type Denoiser,
  type DpmSolverMultistepOptions,
  type DpmSolverSinglestepOptions,
  type ExponentialAlgorithm,
  type Move,
  type Planner,
} from "@nonmarkov/samplers";
import { alphaBarFromNoiseToSignal } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  array,
  batchOf,
  expectClose,
  named,
  predictionOf,
  recordedSpace,
  scheduleOf,
  toyDenoiser,
  type Config,
  type Tensor,
  type Tolerance,
  type Toy,
} from "./reference.ts";

type Solver = Config & {
  readonly skip_prk_steps?: boolean;
  readonly solver_order?: 1 | 2 | 3;
  readonly algorithm_type?: ExponentialAlgorithm;
  readonly solver_type?: "midpoint" | "heun" | "bh1" | "bh2";
  readonly lower_order_final?: boolean;
  readonly euler_at_final?: boolean;
  readonly predict_x0?: boolean;
  readonly disable_corrector?: readonly number[];
  readonly use_karras_sigmas?: boolean;
  readonly use_exponential_sigmas?: boolean;
  readonly use_beta_sigmas?: boolean;
  readonly use_lu_lambdas?: boolean;
};
type Step = {
  readonly t: number;
  readonly model_output: Tensor;
  readonly prev_sample: Tensor;
  readonly noise?: Tensor;
};
type Case = {
  readonly name: string;
  readonly kind?: string;
  readonly scheduler: string;
  readonly config: Solver;
  readonly num_inference_steps: number;
  readonly toy_model: Toy;
  readonly timesteps: readonly number[];
  readonly sigmas?: readonly number[];
  readonly x_T: Tensor;
  readonly steps?: readonly Step[];
  readonly final_sample?: Tensor;
};

const file = golden("solvers.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Case[]; tolerance: Tolerance }>();

/** What a reference's class is called here. Its options without a meaning for moves are none of ours. */
const planners: Record<string, (config: Solver) => Planner> = {
  PNDMScheduler: (config) => (config.skip_prk_steps ? plms() : pndm()),
  DPMSolverMultistepScheduler: (config) =>
    dpmSolverMultistep({
      order: config.solver_order ?? 2,
      algorithm: config.algorithm_type ?? "dpmsolver++",
      solver: (config.solver_type ?? "midpoint") as NonNullable<DpmSolverMultistepOptions["solver"]>,
      curvature: "half",
      lowerOrderFinal: config.lower_order_final ?? true,
      eulerAtFinal: config.euler_at_final ?? false,
    }),
  DPMSolverSinglestepScheduler: (config) =>
    dpmSolverSinglestep({
      order: config.solver_order ?? 2,
      solver: (config.solver_type ?? "midpoint") as NonNullable<DpmSolverSinglestepOptions["solver"]>,
      lowerOrderFinal: config.lower_order_final ?? false,
    }),
  UniPCMultistepScheduler: (config) =>
    unipc({
      order: config.solver_order ?? 2,
      variant: config.solver_type === "bh1" ? "bh1" : "bh2",
      predict: config.predict_x0 === false ? "eps" : "x0",
      lowerOrderFinal: config.lower_order_final ?? true,
      disableCorrector: config.disable_corrector ?? [],
    }),
};

/** The last two need no more than half of what was recorded; tests of their own say how far they agree. */
const leftOut = new Set([
  // its grid has a stride of 333, its moves one of 250: its second move starts from an index that it never visited
  "pndm_plms_linspace_N4",
  // combines v-predictions of several noise levels as if they were of one, where we combine the noise that they mean
  "pndm_plms_trailing_v_N5",
  "dpmpp_o2_N_equals_T10",
  "unipc_bh1_o2_N6_final_zero",
]);
const ours = cases.filter((c) => c.kind !== "error" && c.scheduler in planners);
const find = (name: string): Case => cases.find((c) => c.name === name)!;

/** Starts of the moves: a PLMS loop names its second start twice, a Runge-Kutta step names four times. */
const startsOf = ({ scheduler, config, timesteps }: Case): readonly number[] => {
  if (scheduler !== "PNDMScheduler") return timesteps;
  return config.skip_prk_steps
    ? timesteps.filter((_, i) => i !== 2)
    : timesteps.filter((_, i) => i >= 12 || i % 4 === 0);
};

const movesOf = (c: Case): readonly Move[] => {
  const { config, sigmas } = c;
  const { T, alphaBar } = scheduleOf(config);
  const starts = startsOf(c);
  if (sigmas === undefined) {
    const stride = Math.floor(T / c.num_inference_steps);
    return starts.map((start) => {
      const t = start + 1;
      const s = start >= stride ? t - stride : config.set_alpha_to_one ? 0 : 1;
      return { t, s, alphaBarT: alphaBar[t]!, alphaBarS: alphaBar[s]! };
    });
  }
  // a grid between the indices, and a last entry of the table that the reference has changed
  const between =
    config.use_karras_sigmas ||
    config.use_exponential_sigmas ||
    config.use_beta_sigmas ||
    config.use_lu_lambdas ||
    config.rescale_betas_zero_snr;
  const stops = [...starts.map((t) => t + 1), sigmas.at(-1) === 0 ? 0 : 1];
  const levels = stops.map((t, i) => (between ? alphaBarFromNoiseToSignal(sigmas[i]!) : alphaBar[t]!));
  return starts.map((_, i) => ({ t: stops[i]!, s: stops[i + 1]!, alphaBarT: levels[i]!, alphaBarS: levels[i + 1]! }));
};

const runOf = (c: Case, denoiser: Denoiser<Float64Array>) => {
  const { config, x_T } = c;
  const rows = batchOf(x_T);
  const { dynamic_thresholding_ratio: ratio = 0.995, sample_max_value: max = 1 } = config;
  return {
    table: planners[c.scheduler]!(config)(scheduleOf(config), movesOf(c)),
    denoiser,
    prediction: predictionOf(config),
    ...(config.thresholding && { mapX0: dynamicThreshold({ ratio, max, rows }) }),
    xT: array(x_T),
    space: recordedSpace(rows, c.steps?.map((step) => (step.noise === undefined ? null : step.noise)) ?? []),
    key: key(0),
  };
};

/** Runs on the recorded outputs of the network. */
const expectSteps = async (c: Case, steps: readonly Step[]): Promise<void> => {
  let calls = 0;
  const run = runOf(c, (_, t) => {
    expect(t - 1).toBe(c.steps![calls]!.t);
    return array(c.steps![calls++]!.model_output);
  });
  let seen = 0;
  for await (const { step, x } of trajectory(run)) {
    if (step >= steps.length) break;
    expectClose(x, steps[step]!.prev_sample, tolerance);
    seen++;
  }
  expect(seen).toBe(steps.length);
};

describe.skipIf(file.missing)(`golden solvers.json, multistep and singlestep${file.missing}`, () => {
  const equal = ours.filter(({ name }) => !leftOut.has(name));

  test.each(named(equal.filter((c) => c.steps)))("%s, step by step", async (_, c) => {
    expect(runOf(c, toyDenoiser(c.toy_model)).table.rows.length).toBe(c.timesteps.length);
    await expectSteps(c, c.steps!);
  });

  test.each(named(equal))("%s, closed loop", async (_, c) => {
    const got = await sample(runOf(c, toyDenoiser(c.toy_model)));
    expectClose(got, c.final_sample ?? c.steps!.at(-1)!.prev_sample, tolerance);
  });

  test("unipc bh1 to clean data ends in the last x0, where the reference ends in NaN", async () => {
    const c = find("unipc_bh1_o2_N6_final_zero");
    await expectSteps(c, c.steps!.slice(0, -1));
    let last: readonly (readonly number[])[] = [];
    for await (const { x, x0 } of trajectory(runOf(c, toyDenoiser(c.toy_model)))) last = [[...x], [...x0]];
    last[0]!.forEach((x, i) => expect(Math.abs(x - last[1]![i]!)).toBeLessThan(1e-12 * Math.abs(x)));
  });

  test("a stop that is there twice is passed without a move, where the reference ends in NaN", async () => {
    const c = find("dpmpp_o2_N_equals_T10");
    const broken = c.steps!.findIndex(({ prev_sample }) => prev_sample.data.includes("NaN"));
    expect(broken).toBe(6);
    await expectSteps(c, c.steps!.slice(0, broken));
    const run = runOf(c, toyDenoiser(c.toy_model));
    expect(run.table.rows[5]).toMatchObject({ x: 1, x0: [0] });
    expect((await sample(run)).every(Number.isFinite)).toBe(true);
  });

  test("pndm refuses fewer than four moves, like the reference", () => {
    const { config } = find("pndm_prk_N3_error");
    expect(() => pndm()(scheduleOf(config), [1, 334, 667])).toThrow(/pndm: there must be 4 moves or more, got 3/);
  });

  test("the file's cases were read", () => expect(ours.length).toBe(equal.length + leftOut.size));
});
