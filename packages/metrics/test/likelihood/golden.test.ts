import { cosine, fromBetas, linear, moveBeta, posterior, type Schedule } from "@nonmarkov/schedule";
import { expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import {
  type BoundStep,
  boundSteps,
  boundTerm,
  type DenoiserOutput,
  discretizedGaussian,
  gaussianKl,
  largeVariance,
  learnedRangeVariance,
  learnedVariance,
  type ModelVariance,
  priorKl,
  processVariance,
  reverseGaussian,
  tanhLogNormalInterval,
  tanhNormalCdf,
} from "../../src/index.ts";

type Numbers = readonly number[];
type Array_ = { readonly shape: Numbers; readonly data: Numbers };
type Betas = { readonly schedule: string; readonly T?: number; readonly betas?: Numbers };
type Model = {
  readonly model_mean_type: "EPSILON" | "START_X" | "PREVIOUS_X";
  readonly model_var_type: "FIXED_SMALL" | "FIXED_LARGE" | "LEARNED" | "LEARNED_RANGE";
  readonly clip_denoised: boolean;
  readonly toy_model: { readonly a: number; readonly b: number; readonly w: number };
};
type Losses = {
  readonly mse?: Numbers;
  readonly vb?: Numbers;
  readonly loss: Numbers;
};
type Vb = Model & {
  readonly name: string;
  readonly betas: Betas;
  readonly t: Numbers;
  readonly x_start: Array_;
  readonly x_t: Array_;
  readonly noise: Array_;
  readonly model_output: Array_;
  readonly p_mean: Array_;
  readonly p_log_variance: Numbers | Array_;
  readonly pred_xstart: Array_;
  readonly vb_bits_per_dim: Numbers;
  readonly prior_bits_per_dim: Numbers;
  readonly training_losses: { readonly [kind: string]: Losses };
};
type BpdLoop = Model & {
  readonly name: string;
  readonly betas: Betas;
  readonly x_start: Array_;
  readonly noise_per_column: readonly Array_[];
  readonly vb: Array_;
  readonly xstart_mse: Array_;
  readonly mse: Array_;
  readonly prior_bpd: Numbers;
  readonly total_bpd: Numbers;
};

const { missing, load } = golden("posterior_and_losses.json");
const casesOf = <C>(kind: string): C[] =>
  load<{ cases: ({ kind: string } & C)[] }>().cases.filter((entry) => entry.kind === kind);
const titled = (title: string) => `${title}${missing}`;

const near = (got: number, want: number, what: string, abs = 1e-9) =>
  expect(Math.abs(got - want), `${what}: ${got} against ${want}`).toBeLessThanOrEqual(
    abs + 1e-8 * Math.max(1, Math.abs(want)),
  );
const scheduleOf = ({ schedule, T, betas }: Betas): Schedule =>
  schedule === "explicit"
    ? fromBetas(betas!)
    : schedule === "linear"
      ? linear({ T: T!, betaStart: 0.1 / T!, betaEnd: 20 / T! })
      : cosine({ T: T! });
const row = (data: Numbers, width: number, i: number) => Float64Array.from(data.slice(i * width, (i + 1) * width));
const meanSquare = (x: Float64Array, y: Float64Array) =>
  x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / x.length;

const decoder = discretizedGaussian({ logInterval: tanhLogNormalInterval });
const variances: { readonly [type: string]: ModelVariance } = {
  FIXED_SMALL: processVariance,
  FIXED_LARGE: largeVariance,
  LEARNED: learnedVariance,
  LEARNED_RANGE: learnedRangeVariance,
};
const predictions = { EPSILON: "eps", START_X: "x0", PREVIOUS_X: "mean" } as const;
const clip = (x: Float64Array) => x.map((value) => Math.min(1, Math.max(-1, value)));

/** The reference's mean of the rows of its p, with or without clipping; it does not clip what follows from a predicted mean. */
const modelOf = (
  { model_mean_type, model_var_type }: Model,
  step: BoundStep,
  xt: Float64Array,
  answer: DenoiserOutput,
  clipped: boolean,
) =>
  reverseGaussian(step, xt, answer, {
    prediction: predictions[model_mean_type],
    variance: variances[model_var_type]!,
    ...(clipped && model_mean_type !== "PREVIOUS_X" ? { mapX0: clip } : {}),
  });

const bits = (nats: Float64Array, dim: number) => nats[0]! / dim / Math.LN2;

test.skipIf(missing !== "")(titled("coefficients and posteriors of Ho's process are those of boundSteps"), () => {
  type Case = { [name: string]: Numbers } & { betas: Betas };
  const cases = casesOf<Case>("coefficients");
  expect(cases.length).toBe(2);
  for (const example of cases) {
    const schedule = scheduleOf(example.betas);
    for (const { t, x0Coef, xtCoef, logVariance, logBeta } of boundSteps(schedule)) {
      near(schedule.alphaBar[t]!, example["alphas_cumprod"]![t - 1]!, "alphaBar");
      near(x0Coef, example["posterior_mean_coef1"]![t - 1]!, `x0Coef of t = ${t}`);
      near(xtCoef, example["posterior_mean_coef2"]![t - 1]!, `xtCoef of t = ${t}`);
      near(logVariance, example["posterior_log_variance_clipped"]![t - 1]!, `logVariance of t = ${t}`);
      near(posterior(schedule, { t, eta: 1 }).sigma ** 2, example["posterior_variance"]![t - 1]!, "variance");
      near(Math.exp(logBeta), moveBeta(schedule.alphaBar[t]!, schedule.alphaBar[t - 1]!), "beta");
    }
  }
});

test.skipIf(missing !== "")(titled("every column of the vb cases, fixed and learned variances"), () => {
  const cases = casesOf<Vb>("vb");
  expect(cases.length).toBe(8);
  expect(new Set(cases.map(({ model_var_type }) => model_var_type)).size).toBe(4);
  expect(new Set(cases.map(({ model_mean_type }) => model_mean_type)).size).toBe(3);
  for (const example of cases) {
    const { name, t, x_start, x_t, model_output, p_mean, p_log_variance, pred_xstart, training_losses } = example;
    const schedule = scheduleOf(example.betas);
    const steps = boundSteps(schedule);
    const width = x_start.data.length / t.length;
    t.forEach((zeroBased, i) => {
      const step = steps[schedule.T - 1 - zeroBased]!;
      expect(step.t).toBe(zeroBased + 1);
      const [x0, xt, noise] = [x_start, x_t, example.noise].map(({ data }) => row(data, width, i)) as Float64Array[];
      const learned = model_output.data.length > x_start.data.length;
      const all = row(model_output.data, (learned ? 2 : 1) * width, i);
      const output = all.subarray(0, width);
      const answer = learned ? { output, variance: all.subarray(width) } : output;
      const model = modelOf(example, step, xt!, answer, example.clip_denoised);
      model.mean.forEach((value, j) => near(value, p_mean.data[i * width + j]!, `${name}: mean`));
      const want = "data" in p_log_variance ? row(p_log_variance.data, width, i) : p_log_variance[i]!;
      model.mean.forEach((_, j) =>
        near(
          typeof model.logVariance === "number" ? model.logVariance : model.logVariance[j]!,
          typeof want === "number" ? want : want[j]!,
          `${name}: log-variance`,
        ),
      );
      (example.clip_denoised ? clip(model.x0) : model.x0).forEach((value, j) =>
        near(value, pred_xstart.data[i * width + j]!, `${name}: x0`),
      );
      const term = (by: typeof model) =>
        bits(boundTerm(step, { x0: x0!, xt: xt!, model: by, dim: width, decoder }), width);
      near(term(model), example.vb_bits_per_dim[i]!, `${name}: vb of t = ${step.t}`, 1e-6);
      near(bits(priorKl(schedule, x0!, width), width), example.prior_bits_per_dim[i]!, `${name}: prior`, 1e-12);

      const vb = term(modelOf(example, step, xt!, answer, false));
      const target = {
        EPSILON: noise!,
        START_X: x0!,
        PREVIOUS_X: x0!.map((value, j) => step.x0Coef * value + step.xtCoef * xt![j]!),
      }[example.model_mean_type];
      const mse = meanSquare(target, output);
      const { MSE, KL, RESCALED_KL, RESCALED_MSE } = training_losses;
      near(vb, KL!.loss[i]!, `${name}: KL`, 1e-6);
      near(vb * schedule.T, RESCALED_KL!.loss[i]!, `${name}: RESCALED_KL`, 1e-3);
      near(mse, MSE!.mse![i]!, `${name}: mse`);
      near(mse + (learned ? vb : 0), MSE!.loss[i]!, `${name}: MSE`, 1e-6);
      if (learned) {
        near(vb, MSE!.vb![i]!, `${name}: vb beside mse`, 1e-6);
        near(mse + (vb * schedule.T) / 1000, RESCALED_MSE!.loss[i]!, `${name}: RESCALED_MSE`, 1e-6);
      }
    });
  }
});

test.skipIf(missing !== "")(titled("every column of the bpd loops, and their sums"), () => {
  const cases = casesOf<BpdLoop>("bpd_loop");
  expect(cases.length).toBe(2);
  for (const example of cases) {
    const { name, x_start, toy_model, noise_per_column, vb, xstart_mse, mse, prior_bpd, total_bpd } = example;
    const schedule = scheduleOf(example.betas);
    const [n, T] = [x_start.shape[0]!, schedule.T];
    const width = x_start.data.length / n;
    for (let i = 0; i < n; i++) {
      const x0 = row(x_start.data, width, i);
      let total = bits(priorKl(schedule, x0, width), width);
      near(total, prior_bpd[i]!, `${name}: prior`, 1e-12);
      boundSteps(schedule).forEach((step, column) => {
        const noise = row(noise_per_column[column]!.data, width, i);
        const [signal, spread] = [Math.sqrt(step.alphaBarT), Math.sqrt(1 - step.alphaBarT)];
        const xt = x0.map((value, j) => signal * value + spread * noise[j]!);
        const output = xt.map((x) => Math.tanh(toy_model.a * x + toy_model.b * Math.sin(toy_model.w * (step.t - 1))));
        const model = modelOf(example, step, xt, output, example.clip_denoised);
        const term = bits(boundTerm(step, { x0, xt, model, dim: width, decoder }), width);
        near(term, vb.data[i * T + column]!, `${name}: vb of t = ${step.t}`, 1e-6);
        near(meanSquare(model.x0, x0), xstart_mse.data[i * T + column]!, `${name}: x0`);
        const eps = xt.map((x, j) => (x - signal * model.x0[j]!) / spread);
        near(meanSquare(eps, noise), mse.data[i * T + column]!, `${name}: eps`);
        total += term;
      });
      near(total, total_bpd[i]!, `${name}: total`, 1e-6);
    }
  }
});

test.skipIf(missing !== "")(titled("KL of two Gaussians, and of one to N(0, 1)"), () => {
  type Case = { [name: string]: Numbers };
  const [example] = casesOf<Case>("normal_kl");
  const { mean1, logvar1, mean2, logvar2, kl_nats, kl_to_standard_normal_nats } = example!;
  expect(kl_nats!.length).toBe(12);
  kl_nats!.forEach((want, i) => near(gaussianKl(mean1![i]!, logvar1![i]!, mean2![i]!, logvar2![i]!), want, "KL"));
  kl_to_standard_normal_nats!.forEach((want, i) =>
    near(gaussianKl(mean1![i]!, logvar1![i]!, 0, 0), want, "to N(0, 1)"),
  );
});

test.skipIf(missing !== "")(
  titled("discretized Gaussian log-likelihoods with the published distribution function"),
  () => {
    type Case = { [name: string]: Numbers };
    const [example] = casesOf<Case>("discretized_gaussian_log_likelihood");
    const { x_uint8, x, means, log_scales, log_prob_nats, cdf_z, approx_standard_normal_cdf } = example!;
    expect(log_prob_nats!.length).toBe(16);
    log_prob_nats!.forEach((want, i) => {
      near(x![i]!, x_uint8![i]! / 127.5 - 1, "x");
      near(decoder(x![i]!, means![i]!, 2 * log_scales![i]!), want, `of ${x![i]}`, 1e-6);
    });
    cdf_z!.forEach((z, i) => near(tanhNormalCdf(z), approx_standard_normal_cdf![i]!, `of ${z}`));
  },
);

test.skipIf(missing !== "")(
  titled("respaced betas are the steps of a sub-sequence: KLs of moves t -> s, all cases"),
  () => {
    type Case = {
      name: string;
      T: number;
      timesteps?: Numbers;
      spaced_betas?: Numbers;
      spaced_alphas_cumprod?: Numbers;
    };
    const cases = casesOf<Case>("space_timesteps").filter(({ spaced_betas }) => spaced_betas);
    expect(cases.length).toBe(5);
    for (const { name, T, timesteps, spaced_betas, spaced_alphas_cumprod } of cases) {
      const schedule = linear({ T, betaStart: 0.1 / T, betaEnd: 20 / T });
      const along = boundSteps(schedule, { tau: timesteps!.map((t) => t + 1) });
      const respaced = boundSteps(fromBetas(spaced_betas!));
      expect(along.length).toBe(respaced.length);
      along.forEach((step, i) => {
        const other = respaced[i]!;
        near(step.alphaBarT, spaced_alphas_cumprod!.at(-1 - i)!, `${name}: alphaBar`);
        for (const entry of ["x0Coef", "xtCoef", "logVariance", "logBeta"] as const)
          near(step[entry], other[entry], `${name}: ${entry}`);
      });
    }
  },
);
