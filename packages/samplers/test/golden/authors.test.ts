import { key } from "@nonmarkov/random";
import { clipX0, ddim, ddpm, sample, trajectory } from "@nonmarkov/samplers";
import { authorsQuad, authorsUniform, linear, scaledLinear } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  array,
  batchOf,
  expectClose,
  named,
  recordedSpace,
  toyDenoiser,
  type Tensor,
  type Tolerance,
  type Toy,
} from "./reference.ts";

type Step = {
  readonly t: number;
  readonly next_t: number;
  readonly model_output: Tensor;
  readonly noise: Tensor | null;
  readonly x0_pred: Tensor;
  readonly x_next: Tensor;
};
type Sequence = {
  readonly name: string;
  readonly skip_type: "uniform" | "quad";
  readonly S: number;
  readonly T: number;
  readonly seq: readonly number[];
};
type Loop = Sequence & {
  readonly sampler: "generalized_steps" | "ddpm_steps";
  readonly betas: { readonly beta_schedule: string; readonly beta_start: number; readonly beta_end: number };
  readonly eta: number | null;
  readonly toy_model: Toy;
  readonly x_T: Tensor;
  readonly steps?: readonly Step[];
  readonly final_sample?: Tensor;
  readonly final_x0_pred?: Tensor;
};

const file = golden("ddim_paper.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly (Loop | Sequence)[]; tolerance: Tolerance }>();
const loops = cases.filter((c): c is Loop => "sampler" in c);

const setUp = (c: Loop) => {
  const { T, betas, eta } = c;
  const make = betas.beta_schedule === "linear" ? linear : scaledLinear;
  const schedule = make({ T, betaStart: betas.beta_start, betaEnd: betas.beta_end });
  const ancestral = c.sampler === "ddpm_steps";
  const planner = ancestral ? ddpm({ variance: "large" }) : ddim({ eta: eta! });
  // a repeated index is a move that changes nothing; no sub-sequence here has any
  const tau = [...new Set(c.seq)].map((t) => t + 1);
  return {
    table: planner(schedule, tau),
    // generalized_steps never clips
    options: { key: key(0), ...(ancestral && { mapX0: clipX0() }) },
    moves: c.steps?.filter((step) => step.t !== step.next_t) ?? [],
  };
};
/** The reference draws noise in every step; where ours has no use for it, it is passed over. */
const drawn = (rows: readonly { readonly sigma: number }[], steps: readonly Step[]): (Tensor | null)[] =>
  steps.map((step, i) => (rows[i]!.sigma > 0 ? step.noise : null));

describe.skipIf(file.missing)(`golden ddim_paper.json${file.missing}`, () => {
  test.each(named(loops.filter((c) => c.steps)))("%s, step by step", async (_, c) => {
    const { table, options, moves } = setUp(c);
    expect(table.rows.map(({ t, s }) => [t, s])).toEqual(moves.map((step) => [step.t + 1, step.next_t + 1]));
    for (const [i, step] of c.steps!.entries()) {
      const x = i === 0 ? c.x_T : c.steps![i - 1]!.x_next;
      const row = table.rows.find(({ t }) => t === step.t + 1)!;
      if (step.t === step.next_t) {
        expectClose(array(x), step.x_next, tolerance);
        continue;
      }
      let seen = 0;
      for await (const moment of trajectory({
        table: { name: c.name, rows: [row] },
        denoiser: () => array(step.model_output),
        xT: array(x),
        space: recordedSpace(batchOf(x), drawn([row], [step])),
        ...options,
      })) {
        expectClose(moment.x0, step.x0_pred, tolerance);
        expectClose(moment.x, step.x_next, tolerance);
        seen++;
      }
      expect(seen).toBe(1);
    }
  });

  test.each(named(loops))("%s, closed loop", async (_, c) => {
    const { table, options, moves } = setUp(c);
    const run = {
      table,
      denoiser: toyDenoiser(c.toy_model),
      xT: array(c.x_T),
      ...options,
    };
    const space = () => recordedSpace(batchOf(c.x_T), drawn(table.rows, moves));
    expectClose(await sample({ ...run, space: space() }), c.final_sample ?? c.steps!.at(-1)!.x_next, tolerance);
    let x0 = new Float64Array();
    for await (const moment of trajectory({ ...run, space: space() })) x0 = Float64Array.from(moment.x0);
    expectClose(x0, c.final_x0_pred ?? c.steps!.at(-1)!.x0_pred, tolerance);
  });

  test.each(named(cases))("%s: the authors' sub-sequence", (_, { skip_type, T, S, seq }) => {
    const got = skip_type === "uniform" ? authorsUniform(T, S) : authorsQuad(T, S, { repeats: true });
    expect(got.map((t) => t - 1)).toEqual(seq);
  });

  test("the file's cases were read", () => expect(cases.length).toBeGreaterThan(0));
});
