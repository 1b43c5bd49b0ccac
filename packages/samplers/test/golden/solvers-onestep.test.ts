import { key } from "@nonmarkov/random";
import {
  clipX0,
  edm,
  euler,
  eulerAncestral,
  heun,
  trajectory,
  type Move,
  type Planner,
  type Row,
  type Run,
} from "@nonmarkov/samplers";
import { alphaBarAt, alphaBarFromNoiseToSignal, noiseToSignal } from "@nonmarkov/schedule";
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

type Step = {
  readonly t: number;
  readonly model_output: Tensor;
  readonly noise?: Tensor;
  readonly pred_original_sample: Tensor;
  readonly prev_sample: Tensor;
};
type Churn = {
  readonly s_churn?: number;
  readonly s_tmin?: number;
  readonly s_tmax?: number;
  readonly s_noise?: number;
};
type Loop = {
  readonly name: string;
  readonly scheduler: string;
  readonly kind?: string;
  readonly config: Config & { readonly clip_sample_range?: number };
  readonly step_args: Churn;
  readonly toy_model: Toy;
  readonly timesteps: readonly number[];
  readonly sigmas: readonly number[];
  readonly x_T: Tensor;
  readonly steps?: readonly Step[];
  readonly final_sample?: Tensor;
};

const planners: Readonly<Record<string, (args: Churn) => Planner>> = {
  HeunDiscreteScheduler: () => heun(),
  EulerDiscreteScheduler: ({ s_churn, s_tmin, s_tmax, s_noise }) =>
    s_churn === undefined
      ? euler()
      : edm({ churn: s_churn, sMin: s_tmin!, sMax: s_tmax!, noise: s_noise!, order: 1, evaluateAt: "stop" }),
  EulerAncestralDiscreteScheduler: () => eulerAncestral(),
};

const file = golden("solvers.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Loop[]; tolerance: Tolerance }>();
const loops = cases.filter(({ scheduler, kind }) => scheduler in planners && kind === undefined);

/** The reference's state at a noise-to-signal ratio, in our units: x = x_sigma·√alphaBar. */
const scaled = ({ shape, data }: Tensor, sigma: number): Tensor => ({
  shape,
  data: data.map((value) => Number(value) * Math.sqrt(alphaBarFromNoiseToSignal(sigma))),
});

/** A move from each of the recorded levels to the next; Heun's list names those between its two evaluations twice. */
const pathOf = ({ scheduler, timesteps, sigmas }: Loop): readonly Move[] => {
  const heuns = scheduler === "HeunDiscreteScheduler";
  const stops = timesteps
    .map((t, i) => ({ t: t + 1, alphaBar: alphaBarFromNoiseToSignal(sigmas[i]!) }))
    .filter((_, i) => !heuns || i === 0 || i % 2 === 1);
  const last = sigmas[timesteps.length]!;
  stops.push({ t: last === 0 ? 0 : stops.at(-1)!.t, alphaBar: alphaBarFromNoiseToSignal(last) });
  return stops.slice(1).map(({ t: s, alphaBar: alphaBarS }, i) => {
    const { t, alphaBar: alphaBarT } = stops[i]!;
    return { t, s, alphaBarT, alphaBarS };
  });
};

const setUp = (c: Loop) => {
  const { config, step_args, x_T, sigmas, steps = [] } = c;
  const table = planners[c.scheduler]!(step_args)(scheduleOf(config), pathOf(c));
  const noises = steps.map(({ noise }, i) => (table.rows[i]!.sigma > 0 ? noise! : null));
  const run: Omit<Run<Float64Array>, "table" | "space"> = {
    denoiser: toyDenoiser(c.toy_model),
    xT: array(scaled(x_T, sigmas[0]!)),
    key: key(0),
    prediction: predictionOf(config),
    ...(config.clip_sample === true && { mapX0: clipX0(config.clip_sample_range!) }),
  };
  return { table, noises, run };
};

/** What moves together: Heun's correction needs what the row before predicted. */
const movesOf = (rows: readonly Row[]): readonly (readonly number[])[] =>
  rows.reduce<readonly (readonly number[])[]>(
    (groups, { x0, eps }, i) =>
      Math.max(x0.length, eps.length) > 1 ? [...groups.slice(0, -1), [...groups.at(-1)!, i]] : [...groups, [i]],
    [],
  );

describe.skipIf(file.missing)(`golden solvers.json, one-step solvers${file.missing}`, () => {
  /** Compares one moment with a recorded step; with churn the reference's x0 is of the noisier x. */
  const compare = (c: Loop, i: number, row: Row, { x, x0 }: { x: Float64Array; x0: Float64Array }): void => {
    const { prev_sample, pred_original_sample, noise } = c.steps![i]!;
    expectClose(x, scaled(prev_sample, noiseToSignal(row.alphaBarS)), tolerance);
    if (noise === undefined || c.step_args.s_churn === undefined) expectClose(x0, pred_original_sample, tolerance);
  };

  test.each(named(loops.filter(({ steps }) => steps)))("%s, step by step", async (_, c) => {
    const { table, noises, run } = setUp(c);
    table.rows.forEach(({ time }, i) => expect(time! - 1).toBeCloseTo(c.timesteps[i]!, 10));
    for (const group of movesOf(table.rows)) {
      const first = group[0]!;
      const before = first === 0 ? c.x_T : c.steps![first - 1]!.prev_sample;
      const outputs = group.map((i) => array(c.steps![i]!.model_output));
      let i = first;
      for await (const moment of trajectory({
        ...run,
        table: { name: c.name, rows: group.map((j) => table.rows[j]!) },
        denoiser: () => outputs.shift()!,
        xT: array(scaled(before, c.sigmas[first]!)),
        space: recordedSpace(
          batchOf(c.x_T),
          group.map((j) => noises[j]!),
        ),
      }))
        compare(c, i, table.rows[i++]!, moment);
      expect(i).toBe(first + group.length);
    }
  });

  test.each(named(loops))("%s, closed loop", async (_, c) => {
    const { table, noises, run } = setUp(c);
    let i = 0;
    let end = new Float64Array();
    for await (const moment of trajectory({ ...run, table, space: recordedSpace(batchOf(c.x_T), noises) })) {
      if (c.steps) compare(c, i, table.rows[i]!, moment);
      i++;
      end = Float64Array.from(moment.x);
    }
    expect(i).toBe(c.timesteps.length);
    if (c.final_sample) expectClose(end, c.final_sample, tolerance);
  });

  test.each(named(loops.filter(({ name }) => /linspace|N100/.test(name))))(
    "%s: the recorded ratio is linear in t between the schedule's",
    (_, { config, timesteps, sigmas }) => {
      const schedule = scheduleOf(config);
      timesteps.forEach((t, i) => {
        const sigma = noiseToSignal(alphaBarAt(schedule, t + 1, { interpolate: "sigma" }));
        expect(Math.abs(sigma / sigmas[i]! - 1)).toBeLessThan(1e-10);
      });
    },
  );

  test("the file's cases were read", () => expect(loops.length).toBeGreaterThan(20));
});
