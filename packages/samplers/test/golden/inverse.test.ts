import { asX0, clipX0, ddim, ddimEncode, sample, trajectory, type Denoiser, type Run } from "@nonmarkov/samplers";
import { fromAlphaBar } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  array,
  expectClose,
  named,
  predictionOf,
  recordedSpace,
  rowOf,
  scheduleOf,
  toyDenoiser,
  type Config,
  type Tensor,
  type Tolerance,
  type Toy,
} from "./reference.ts";

type EncodeStep = {
  readonly t: number;
  readonly from_t: number;
  readonly alpha_cumprod_from: number;
  readonly alpha_cumprod_to: number;
  readonly model_output: Tensor;
  readonly pred_original_sample: Tensor;
  readonly next_sample: Tensor;
};
type RoundTrip = {
  readonly name: string;
  readonly kind: "roundtrip";
  readonly config: Config;
  readonly num_inference_steps: number;
  readonly toy_model: Toy;
  readonly x_0: Tensor;
  readonly encode_steps: readonly EncodeStep[];
  readonly decode_timesteps: readonly number[];
  readonly decoded: Tensor;
};
type ReverseStep = { readonly i: number; readonly pred_xstart: Tensor; readonly sample: Tensor };
type ReverseOde = {
  readonly name: string;
  readonly kind: "openai_reverse_ode";
  readonly timestep_map: readonly number[];
  readonly clip_denoised: boolean;
  readonly toy_model: Toy;
  readonly x_0: Tensor;
  readonly spaced_alphas_cumprod: readonly number[];
  readonly encode_steps: readonly ReverseStep[];
  readonly decode_steps: readonly ReverseStep[];
};

const file = golden("inverse.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly (RoundTrip | ReverseOde)[]; tolerance: Tolerance }>();
const edge = "sample_pred_alpha_one_edge";
const roundTrips = cases.filter((c): c is RoundTrip => c.kind === "roundtrip");
const odes = cases.filter((c): c is ReverseOde => c.kind === "openai_reverse_ode");
const space = recordedSpace(1, []);

const setUp = ({ config, num_inference_steps, encode_steps, decode_timesteps }: RoundTrip) => {
  const schedule = scheduleOf(config);
  // below its first entry the reference takes alphaBar = 1, or its first entry again
  const beyond = config.set_alpha_to_one === false ? 1 : 0;
  const stride = Math.floor(schedule.T / num_inference_steps);
  const place = (t: number): number => (t < 0 ? beyond : t + 1);
  const options = {
    prediction: predictionOf(config),
    space,
    ...(config.clip_sample !== false && { mapX0: clipX0(config.clip_sample_range ?? 1) }),
  };
  return {
    options,
    encodeRow: ({ from_t, t }: EncodeStep) =>
      ddimEncode({ evaluateAt: "target", from: place(from_t) })(schedule, [t + 1]).rows[0]!,
    isMove: ({ from_t, t }: EncodeStep): boolean => place(from_t) !== t + 1,
    encodeSteps: encode_steps,
    decodeRows: decode_timesteps
      .filter((t) => t + 1 !== place(t - stride))
      .map((t) => rowOf(ddim(), schedule, t + 1, place(t - stride))),
  };
};

const wanted = roundTrips.filter((c) => c.name !== edge);

describe.skipIf(file.missing)(`golden inverse.json${file.missing}`, () => {
  test.each(named(wanted))("%s, encoding step by step", async (_, c) => {
    const { options, encodeRow, isMove } = setUp(c);
    for (const [i, step] of c.encode_steps.entries()) {
      const x = i === 0 ? c.x_0 : c.encode_steps[i - 1]!.next_sample;
      if (!isMove(step)) {
        expectClose(array(x), step.next_sample, tolerance);
        continue;
      }
      const row = encodeRow(step);
      expect(row.time).toBe(step.t + 1);
      let seen = 0;
      for await (const moment of trajectory({
        table: { name: c.name, rows: [row] },
        denoiser: () => array(step.model_output),
        xT: array(x),
        ...options,
      })) {
        expectClose(moment.x0, step.pred_original_sample, tolerance);
        expectClose(moment.x, step.next_sample, tolerance);
        seen++;
      }
      expect(seen).toBe(1);
    }
  });

  test.each(named(wanted))("%s, closed loop there and back", async (_, c) => {
    const { options, encodeRow, isMove, decodeRows } = setUp(c);
    const denoiser = toyDenoiser(c.toy_model);
    const latent = await sample({
      table: { name: c.name, rows: c.encode_steps.filter(isMove).map(encodeRow) },
      denoiser,
      xT: array(c.x_0),
      ...options,
    });
    expectClose(latent, c.encode_steps.at(-1)!.next_sample, tolerance);
    const decoded = await sample({ table: { name: c.name, rows: decodeRows }, denoiser, xT: latent, ...options });
    expectClose(decoded, c.decoded, tolerance);
  });

  test(`${edge}: the noise is 0/0 at alphaBar = 1, an error here`, async () => {
    const c = roundTrips.find(({ name }) => name === edge)!;
    const { options, encodeRow } = setUp(c);
    const table = { name: c.name, rows: c.encode_steps.map(encodeRow) };
    const run: Run<Float64Array> = { table, denoiser: toyDenoiser(c.toy_model), xT: array(c.x_0), ...options };
    await expect(sample(run)).rejects.toThrow(/alphaBar = 1, prediction "x0" does not determine eps/);
  });

  test.each(named(odes))("%s, encoding and decoding", async (_, c) => {
    const count = c.spaced_alphas_cumprod.length;
    const schedule = fromAlphaBar([...c.spaced_alphas_cumprod, 0]);
    const toy = toyDenoiser(c.toy_model);
    // a respaced network: our index i is the original's timestep_map[i - 1], which is 0-based
    const respaced: Denoiser<Float64Array> = (x, t) => toy(x, c.timestep_map[t - 1]! + 1);
    // its clipping derives eps anew from the clipped x0
    const mapX0 = c.clip_denoised ? clipX0() : undefined;
    const denoiser = asX0({ denoiser: respaced, schedule, space, ...(mapX0 && { mapX0 }) });
    const tau = Array.from({ length: count }, (_, i) => i + 1);
    const check = async (
      table: Run<Float64Array>["table"],
      xT: Tensor,
      steps: readonly ReverseStep[],
    ): Promise<void> => {
      let seen = 0;
      for await (const moment of trajectory({ table, denoiser, prediction: "x0", xT: array(xT), space })) {
        expectClose(moment.x0, steps[seen]!.pred_xstart, tolerance);
        expectClose(moment.x, steps[seen]!.sample, tolerance);
        seen++;
      }
      expect(seen).toBe(count);
    };
    await check(ddimEncode({ from: 1 })(schedule, [...tau, count + 1]), c.x_0, c.encode_steps);
    await check(ddim()(schedule, tau), c.encode_steps.at(-1)!.sample, c.decode_steps);
  });

  test("the file's cases were read", () => expect(cases.length).toBeGreaterThan(0));
});
