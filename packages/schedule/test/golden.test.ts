import { describe, expect, test } from "vitest";
import { golden } from "../../../test/golden.ts";
import {
  authorsQuad,
  authorsUniform,
  betas,
  constant,
  cosine,
  explicitTau,
  fromAlphaBarFunction,
  fromBetas,
  leading,
  linear,
  linearAlphaBar,
  linspace,
  moveBeta,
  posterior,
  rescaleZeroTerminalSnr,
  scaledLinear,
  type Schedule,
  sectioned,
  sigmoid,
  strided,
  trailing,
} from "../src/index.ts";

type Numbers = readonly number[];
type Tolerance = { abs: number; rel: number };
type Tensor = { shape: Numbers; data: Numbers };
/** References count from 0, the schedule from 1. */
const fromZeroBased = (list: Numbers): number[] => list.map((t) => t + 1);
const ascending = (list: Numbers): number[] => [...list].sort((a, b) => a - b);

describe("schedules.json", () => {
  type Config = {
    num_train_timesteps: number;
    beta_start?: number;
    beta_end?: number;
    beta_schedule: string;
    rescale_betas_zero_snr?: boolean;
  };
  type Case = {
    name: string;
    reference: string;
    config: Config;
    indices?: Numbers;
    betas: Numbers;
    alphas_cumprod: Numbers;
  };

  /** Hang et al. 2024: no constructor of ours, but a function like any other. */
  const laplace = (u: number): number => {
    const lambda = (u <= 0.5 ? -0.5 : 0.5) * Math.log(1 - 2 * Math.abs(0.5 - u) + 1e-6);
    return Math.sqrt(1 / (1 + Math.exp(-lambda)));
  };

  const build = ({ reference, config }: Case): Schedule => {
    const T = config.num_train_timesteps;
    const scale = reference.startsWith("openai") ? 1000 / T : 1;
    const range = { T, betaStart: config.beta_start ?? 1e-4 * scale, betaEnd: config.beta_end ?? 0.02 * scale };
    const known: Record<string, () => Schedule> = {
      linear: () => linear(range),
      scaled_linear: () => scaledLinear(range),
      quad: () => scaledLinear(range),
      squaredcos_cap_v2: () => cosine({ T }),
      cosine: () => cosine({ T }),
      sigmoid: () => sigmoid(range),
      laplace: () => fromAlphaBarFunction(laplace, { T, maxBeta: 0.999 }),
      const: () => constant({ T, beta: range.betaEnd }),
      jsd: () => linearAlphaBar({ T }),
    };
    const schedule = known[config.beta_schedule]!();
    return config.rescale_betas_zero_snr ? rescaleZeroTerminalSnr(schedule) : schedule;
  };

  const { missing, load } = golden("schedules.json");
  test.skipIf(missing !== "")(`all 22 cases: betas and alphaBar${missing}`, () => {
    const { tolerance, cases } = load<{ tolerance: Tolerance; cases: Case[] }>();
    expect(cases.length).toBe(22);
    for (const example of cases) {
      const schedule = build(example);
      const beta = betas(schedule);
      const ts = example.indices ?? example.betas.map((_, i) => i);
      if (!example.indices) expect(ts.length, example.name).toBe(schedule.T);
      const worst = (got: Numbers, want: Numbers) =>
        Math.max(
          ...fromZeroBased(ts).map((t, i) => {
            const w = want[i]!;
            return Math.abs(got[t]! - w) / (tolerance.abs + tolerance.rel * Math.abs(w));
          }),
        );
      expect(worst(beta, example.betas), `${example.name}: betas`).toBeLessThanOrEqual(1);
      expect(worst(schedule.alphaBar, example.alphas_cumprod), `${example.name}: alphaBar`).toBeLessThanOrEqual(1);
    }
  });
});

describe("ddim.json", () => {
  type Case = {
    name: string;
    kind: "loop" | "timesteps" | "error";
    config: { num_train_timesteps?: number; timestep_spacing?: string; steps_offset?: number };
    num_inference_steps: number;
    timesteps?: Numbers;
  };
  const spacings = { leading, trailing, linspace };

  const { missing, load } = golden("ddim.json");
  test.skipIf(missing !== "")(`the timesteps of every case, and its two refusals${missing}`, () => {
    const { cases } = load<{ cases: Case[] }>();
    expect(cases.length).toBe(96);
    for (const { name, kind, config, num_inference_steps: S, timesteps } of cases) {
      const T = config.num_train_timesteps ?? 1000;
      const spacing = (config.timestep_spacing ?? "leading") as keyof typeof spacings;
      const tau = () =>
        spacing === "leading" ? leading(T, S, { offset: config.steps_offset ?? 0 }) : spacings[spacing](T, S);
      if (kind === "error") expect(tau, name).toThrow(RangeError);
      // the reference's trailing gives one entry too many, -1, for some S: S entries are right
      else expect(tau(), name).toEqual(fromZeroBased(ascending(timesteps!.slice(0, S))));
    }
    expect(cases.filter(({ timesteps, num_inference_steps: S }) => timesteps && timesteps.length !== S).length).toBe(2);
  });
});

describe("posterior_and_losses.json, space_timesteps", () => {
  type Case = {
    name: string;
    kind: string;
    T: number;
    section_counts: string | number[];
    timesteps?: Numbers;
    error?: string;
  };

  const { missing, load } = golden("posterior_and_losses.json");
  test.skipIf(missing !== "")(`the steps of every case, and a refusal${missing}`, () => {
    const cases = load<{ cases: Case[] }>().cases.filter(({ kind }) => kind === "space_timesteps");
    expect(cases.length).toBe(8);
    for (const { name, T, section_counts: counts, timesteps, error } of cases) {
      const tau = () => (typeof counts === "string" ? strided(T, Number(counts.slice(4))) : sectioned(T, counts));
      // the reference tries strides below T only: one step is refused
      if (counts === "ddim1") expect(tau(), name).toEqual([1]);
      else if (error !== undefined) expect(tau, name).toThrow(RangeError);
      else expect(tau(), name).toEqual(fromZeroBased(timesteps!));
    }
  });
});

describe("ddim_paper.json", () => {
  type Case = { name: string; skip_type: "uniform" | "quad"; S: number; T: number; seq: Numbers };

  const { missing, load } = golden("ddim_paper.json");
  test.skipIf(missing !== "")(
    `the authors' sequence of every case, longer or with repeats as published${missing}`,
    () => {
      const { cases } = load<{ cases: Case[] }>();
      expect(cases.length).toBe(38);
      for (const { name, skip_type, S, T, seq } of cases) {
        const published = skip_type === "uniform" ? authorsUniform(T, S) : authorsQuad(T, S, { repeats: true });
        expect(published, name).toEqual(fromZeroBased(seq));
        const usable = skip_type === "uniform" ? authorsUniform(T, S) : authorsQuad(T, S);
        expect(usable, name).toEqual([...new Set(fromZeroBased(seq))]);
        expect(explicitTau(usable, T), name).toEqual(usable);
      }
    },
  );
});

describe("posterior_and_losses.json", () => {
  type Case = {
    name: string;
    kind: string;
    betas: { schedule: string; T?: number; betas?: Numbers };
    t: Numbers;
    x_start: Tensor;
    x_t: Tensor;
    posterior_mean: Tensor;
    posterior_variance: Numbers;
    T: number;
    timesteps?: Numbers;
    spaced_betas?: Numbers;
    section_counts: string | Numbers;
  };

  const { missing, load } = golden("posterior_and_losses.json");
  test.skipIf(missing !== "")(`q(x_{t-1} | x_t, x_0) of the q cases is the posterior at eta = 1${missing}`, () => {
    const { tolerance, cases } = load<{ tolerance: Tolerance; cases: Case[] }>();
    const q = cases.filter(({ kind }) => kind === "q");
    expect(q.length).toBe(2);
    const close = (got: number, want: number) =>
      expect(Math.abs(got - want)).toBeLessThanOrEqual(tolerance.abs + tolerance.rel * Math.max(1, Math.abs(want)));
    for (const example of q) {
      const schedule = example.betas.betas ? fromBetas(example.betas.betas) : linear({ T: example.betas.T! });
      const width = example.x_start.data.length / example.t.length;
      fromZeroBased(example.t).forEach((t, row) => {
        const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, eta: 1 });
        close(sigma ** 2, example.posterior_variance[row]!);
        for (let i = row * width; i < (row + 1) * width; i++)
          close(x0Coef * example.x_start.data[i]! + xtCoef * example.x_t.data[i]!, example.posterior_mean.data[i]!);
      });
    }
  });

  test.skipIf(missing !== "")(`respaced betas are moveBeta along the sub-sequence${missing}`, () => {
    const { tolerance, cases } = load<{ tolerance: Tolerance; cases: Case[] }>();
    const spaced = cases.filter(({ spaced_betas }) => spaced_betas);
    expect(spaced.length).toBeGreaterThan(3);
    for (const { name, T, timesteps, spaced_betas } of spaced) {
      const { alphaBar } = linear({ T, betaStart: 0.1 / T, betaEnd: 20 / T });
      fromZeroBased(timesteps!).forEach((t, i, tau) => {
        const got = moveBeta(alphaBar[t]!, alphaBar[tau[i - 1] ?? 0]!);
        expect(Math.abs(got - spaced_betas![i]!), name).toBeLessThanOrEqual(tolerance.abs + tolerance.rel);
      });
    }
  });
});
