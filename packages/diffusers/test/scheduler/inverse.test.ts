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
  readonly model_output: Tensor;
  readonly pred_original_sample: Tensor;
  readonly next_sample: Tensor;
};
type Case = {
  readonly name: string;
  readonly kind: "roundtrip" | "openai_reverse_ode";
  readonly config: Config;
  readonly num_inference_steps: number;
  readonly toy_model: Toy;
  readonly x_0: Tensor;
  readonly inverse_timesteps: readonly number[];
  readonly encode_steps: readonly Step[];
  readonly decode_timesteps: readonly number[];
  readonly decoded: Tensor;
};

const file = golden("inverse.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Case[]; tolerance: Tolerance }>();
/** The others are of another program, which has no configurations; the samplers' own tests have them. */
const roundTrips = cases.filter((c) => c.kind === "roundtrip");
const edge = "sample_pred_alpha_one_edge";

const planOf = (c: Case, name: "DDIMInverseScheduler" | "DDIMScheduler") =>
  planScheduler(parseScheduler({ _class_name: name, ...c.config }), { steps: c.num_inference_steps, compatible: true });

describe.skipIf(file.missing)(`golden inverse.json from its configurations${file.missing}`, () => {
  test.each(named(roundTrips.filter((c) => c.name !== edge)))("%s", async (_, c) => {
    const encode = planOf(c, "DDIMInverseScheduler");
    const decode = planOf(c, "DDIMScheduler");
    expect(encode.table.rows.map((row) => row.time! - 1)).toEqual(c.inverse_timesteps);
    expect(decode.table.rows.map((row) => row.time! - 1)).toEqual(c.decode_timesteps);
    const rows = batchOf(c.x_0);
    const toy = toyDenoiser(c.toy_model);
    const latent = await sample(runOf(encode, array(c.x_0), rows, toy, []));
    expectNear(latent, array(c.encode_steps.at(-1)!.next_sample), tolerance);
    expectNear(await sample(runOf(decode, latent, rows, toy, [])), array(c.decoded), tolerance);

    let i = 0;
    const outputs = recorded(c.encode_steps.map((step) => step.model_output));
    for await (const { x, x0 } of trajectory(runOf(encode, array(c.x_0), rows, outputs, []))) {
      const step = c.encode_steps[i++]!;
      expectNear(x0, array(step.pred_original_sample), tolerance);
      expectNear(x, array(step.next_sample), tolerance);
    }
    expect(i).toBe(c.encode_steps.length);
  });

  test(`${edge}: the noise is 0/0 at alphaBar = 1, an error here`, async () => {
    const c = roundTrips.find(({ name }) => name === edge)!;
    const run = runOf(planOf(c, "DDIMInverseScheduler"), array(c.x_0), 1, toyDenoiser(c.toy_model), []);
    await expect(sample(run)).rejects.toThrow(/alphaBar = 1, prediction "x0" does not determine eps/);
  });

  test("all cases were read", () => expect(cases.length).toBe(14));
});
