import { normalTensor, ops, own, type Tensor } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { atIndex, denoiserOf, gaussianMixture, mlp } from "@nonmarkov/nets";
import { foldIn, key, normal } from "@nonmarkov/random";
import { fromAlphaBar, linear, linearLogSnr, maxSigma, type Schedule, sigmaHat } from "@nonmarkov/schedule";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  bitsPerDim,
  type BoundProcess,
  boundSteps,
  boundTerm,
  type DenoiserOutput,
  discretizedGaussian,
  gaussianLogDensity,
  largeVariance,
  learnedRangeVariance,
  learnedVariance,
  onRows,
  priorKl,
  processVariance,
  reverseGaussian,
  type ReverseGaussianOptions,
  variationalBound,
} from "../../src/index.ts";

const close = (got: number, want: number, tolerance: number) =>
  expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want)));

/** One-dimensional Gaussian data. */
const [m, l] = [0.7, 0.3];
const exact = gaussianMixture({ means: [[m]], covariances: [l] });
const decoder = gaussianLogDensity;

/** The gain of the optimal prediction: x0 = m + gain (x_t - sqrt(a) m). */
const gainOf = (a: number) => (Math.sqrt(a) * l) / (a * l + 1 - a);

/** The bound's expectation over x_t for the optimal network: quadratic in the noise, hence exact on three nodes. */
const expected = (
  schedule: Schedule,
  x0: number,
  process: BoundProcess = {},
  variance: ReverseGaussianOptions["variance"] = processVariance,
) => {
  const data = Float64Array.of(x0);
  let total = priorKl(schedule, data, 1)[0]!;
  for (const step of boundSteps(schedule, process))
    for (const [node, chance] of [
      [-Math.sqrt(3), 1 / 6],
      [0, 2 / 3],
      [Math.sqrt(3), 1 / 6],
    ] as const) {
      // prettier-ignore
      const xt = Float64Array.of(Math.sqrt(step.alphaBarT) * x0 + Math.sqrt(1 - step.alphaBarT) * node);
      const model = reverseGaussian(step, xt, exact.eps(xt, step.alphaBarT), { variance });
      total += chance * boundTerm(step, { x0: data, xt, model, dim: 1, decoder })[0]!;
    }
  return total;
};

/** -log p(x0) of the chain itself, whose moves are linear: x_T ~ N(0, 1), x_s ~ N(x0Coef x0hat + xtCoef x_t, variance). */
const chainNll = (schedule: Schedule, x0: number, process: BoundProcess = {}) => {
  let [mean, variance] = [0, 1];
  for (const { alphaBarT, x0Coef, xtCoef, logVariance } of boundSteps(schedule, process)) {
    const slope = x0Coef * gainOf(alphaBarT) + xtCoef;
    mean = slope * mean + x0Coef * m * (1 - gainOf(alphaBarT) * Math.sqrt(alphaBarT));
    variance = slope * slope * variance + Math.exp(logVariance);
  }
  return -gaussianLogDensity(x0, mean, Math.log(variance));
};

describe("on Gaussian data with the optimal network", () => {
  const schedule = linearLogSnr({ T: 12, logSnrStart: 6, logSnrEnd: -9 });
  const processes: readonly (readonly [string, BoundProcess])[] = [
    ["eta 1", {}],
    ["eta 0.4", { eta: 0.4 }],
    ["a sub-sequence", { tau: [1, 3, 7, 12] }],
    ["sigmas of one's own", { sigmas: schedule.alphaBar.map((_, t) => 0.1 + 0.4 * maxSigma(schedule.alphaBar[t - 1] ?? 1)).map((s, t) => (t > 1 ? Math.min(s, maxSigma(schedule.alphaBar[t - 1]!)) : s)) }], // prettier-ignore
    ["a decoder of one's own", { eta: 0.8, decoderSigma: 0.2 }],
  ];

  test.each(processes)("%s: the bound in closed form, quadratic in x0 - m, is the sum of all terms", (_, process) => {
    for (const x0 of [-1, 0.7, 2]) {
      let want = priorKl(schedule, Float64Array.of(x0), 1)[0]!;
      for (const { s, alphaBarT: a, x0Coef, logVariance } of boundSteps(schedule, process)) {
        // E (x0 - x0hat)²: the shrunken distance to the mean, and the noise that gets through
        const bias = (x0 - m) * (1 - gainOf(a) * Math.sqrt(a));
        const square = bias ** 2 + gainOf(a) ** 2 * (1 - a);
        want += (x0Coef ** 2 * square) / (2 * Math.exp(logVariance));
        if (s === 0) want += (Math.log(2 * Math.PI) + logVariance) / 2;
      }
      close(expected(schedule, x0, process), want, 1e-11);
    }
  });

  test.each(processes)("%s: the bound is above -log p of the chain itself (Jensen)", (_, process) => {
    for (const x0 of [-2, -0.5, 0.7, 1.1, 3])
      expect(expected(schedule, x0, process)).toBeGreaterThan(chainNll(schedule, x0, process));
  });

  test("as T grows, the bound for eta = 1 falls to -log p(x0) of the data, about as 1/T", () => {
    for (const x0 of [-0.3, 0.7, 1.5]) {
      const truth = -exact.logDensity(Float64Array.of(x0), 1)[0]!;
      const gaps = [100, 200, 400, 800, 3200].map((T) => {
        const schedule = linearLogSnr({ T, logSnrStart: 14, logSnrEnd: -14 });
        const bound = expected(schedule, x0, { decoderSigma: maxSigma(schedule.alphaBar[1]!) });
        expect(bound).toBeGreaterThan(truth);
        return bound - truth;
      });
      expect(gaps[4]).toBeLessThan(0.04);
      expect(gaps[3]! / gaps[4]!).toBeGreaterThan(3.8);
      for (const i of [1, 2, 3]) expect(gaps[i - 1]! / gaps[i]!).toBeGreaterThan(1.8);
    }
  });

  test("a model with a worse variance has a larger bound: the large one, or learned values that are off", () => {
    const best = expected(schedule, 1);
    expect(expected(schedule, 1, {}, largeVariance)).not.toBe(best);
    const wide = expected(schedule, 1, {}, ({ s, logVariance }) => (s === 0 ? logVariance : logVariance + 3));
    expect(wide).toBeGreaterThan(best);
  });

  test("draws of the whole bound average to its expectation within their standard error", async () => {
    const n = 4000;
    const { total, prior, terms, mean } = await variationalBound({
      schedule,
      denoiser: atIndex(exact.eps, schedule.alphaBar),
      x0: new Float64Array(n).fill(1.3),
      dim: 1,
      key: key(1),
      decoder,
    });
    expect(terms.map(({ t }) => t)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const values = total.map(({ value }) => value);
    values.forEach((value, row) =>
      close(value, prior[row]! + terms.reduce((sum, { nats }) => sum + nats[row]!, 0), 1e-12),
    );
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean.value) ** 2, 0) / (n - 1) / n);
    expect(Math.abs(mean.value - expected(schedule, 1.3)) / spread).toBeLessThan(4);
    expect(mean.standardError).toBe(0);
    expect(total.every(({ standardError }) => standardError === 0)).toBe(true);
  });
});

describe("a subset of the terms", () => {
  const schedule = linear({ T: 41, betaStart: 1e-3, betaEnd: 0.3 });
  const options = {
    schedule,
    denoiser: atIndex(exact.eps, schedule.alphaBar),
    x0: normal(key(2), 5).map((z) => m + Math.sqrt(l) * z),
    dim: 1,
    decoder,
    key: key(3),
  };

  test("gives the same numbers as the whole where it looks, with the decoder always among them", async () => {
    const [whole, part] = [await variationalBound(options), await variationalBound({ ...options, terms: 10 })];
    expect(part.terms.length).toBe(11);
    expect(part.terms.at(-1)!.s).toBe(0);
    for (const { t, nats } of part.terms) expect(nats).toEqual(whole.terms.find((term) => term.t === t)!.nats);
    expect(await variationalBound({ ...options, terms: 40 })).toMatchObject({ mean: { standardError: 0 } });
    close((await variationalBound({ ...options, terms: 40 })).mean.value, whole.mean.value, 1e-12);
  });

  test("is unbiased over keys, and its standard error is as large as the error", async () => {
    const runs = 150;
    let [shift, squares, variances, rowSquares, rowVariances] = [0, 0, 0, 0, 0];
    for (let i = 0; i < runs; i++) {
      const at = { ...options, key: foldIn(key(4), i) };
      const [whole, part] = [await variationalBound(at), await variationalBound({ ...at, terms: 8 })];
      const error = part.mean.value - whole.mean.value;
      shift += error / runs;
      squares += error ** 2 / runs;
      variances += part.mean.standardError ** 2 / runs;
      rowSquares += (part.total[0]!.value - whole.total[0]!.value) ** 2 / runs;
      rowVariances += part.total[0]!.standardError ** 2 / runs;
    }
    expect(Math.abs(shift)).toBeLessThan(4 * Math.sqrt(squares / runs));
    for (const ratio of [variances / squares, rowVariances / rowSquares]) {
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.4);
    }
  });

  test("shards draw the noise of the whole", async () => {
    const whole = await variationalBound(options);
    const shard = await variationalBound({ ...options, x0: options.x0.subarray(2), firstIndex: 2 });
    expect(shard.total).toEqual(whole.total.slice(2));
  });
});

// the first noise is about as wide as a bin: with less, this model would spend bits on where in its bin a level lies
test("images: 8-bit levels under a model that knows N(0, I) alone cost the masses of their bins, to a third of a bit", async () => {
  const schedule = linearLogSnr({ T: 1000, logSnrStart: 10, logSnrEnd: -10 });
  const dim = 16;
  const x0 = Float64Array.from({ length: 8 * dim }, (_, i) => (1 + ((i * 37) % 254)) / 127.5 - 1);
  const standard = gaussianMixture({ means: [Array.from({ length: dim }, () => 0)], covariances: [1] });
  const { mean } = await variationalBound({
    schedule,
    denoiser: atIndex(standard.eps, schedule.alphaBar),
    x0,
    dim,
    key: key(5),
    decoderSigma: maxSigma(schedule.alphaBar[1]!),
  });
  const level = discretizedGaussian();
  const nats = x0.reduce((sum, x) => sum - level(x, 0, 0), 0) / 8;
  const [got, want] = [bitsPerDim(mean.value, { dim }), bitsPerDim(nats, { dim })];
  expect(Math.abs(got - want)).toBeLessThan(1 / 3);
});

test("learned variances: log-variances as they are, or between the two fixed ones", () => {
  const schedule = linear();
  for (const step of boundSteps(schedule).slice(0, 998)) {
    const values = Float64Array.of(-1, 1, 0);
    const range = learnedRangeVariance(step, values) as Float64Array;
    close(range[0]!, processVariance(step, undefined) as number, 1e-14);
    close(range[1]!, largeVariance(step, undefined) as number, 1e-14);
    close(range[2]!, (range[0]! + range[1]!) / 2, 1e-14);
    expect(learnedVariance(step, values)).toBe(values);
    close(Math.exp(range[1]! / 2), sigmaHat(step.alphaBarT, step.alphaBarS), 1e-12);
  }
});

describe("networks on tensors", () => {
  beforeAll(() => start({ backend: "cpu" }));
  const schedule = linear();

  test("the bound of a network is that of its answers read back, and no tensors are left over", async () => {
    const net = mlp({ hidden: 8, depth: 1, frequencies: 4 });
    const params = net.init(key(1));
    const x0 = normal(key(2), 12);
    const before = memory().numTensors;
    const network = denoiserOf(net, params);
    const options = { schedule, x0, dim: 2, key: key(3), decoder, tau: [1, 400, 1000], prediction: "v" as const };
    const got = await variationalBound({ ...options, denoiser: onRows({ denoiser: network, dims: [2] }) });
    expect(memory().numTensors).toBe(before);
    const byHand = async (x: Float64Array, t: number): Promise<DenoiserOutput> => {
      const xt = ops.tensor(Float32Array.from(x), [6, 2]);
      const answer = network(xt, t);
      return Float64Array.from(await answer.data());
    };
    expect(await variationalBound({ ...options, denoiser: byHand })).toEqual(got);
  });

  test("twice the channels are output and variance", async () => {
    const denoiser = (x: Tensor) => own(() => ops.concat([x, ops.mul(x, 10)], 3));
    const x = Float64Array.from({ length: 24 }, (_, i) => i);
    const before = memory().numTensors;
    expect(await onRows({ denoiser, dims: [2, 2, 3] })(x, 5)).toEqual({
      output: x,
      variance: x.map((value) => 10 * value),
    });
    expect(memory().numTensors).toBe(before);
  });

  test("a network that fails, or answers in another shape, leaves no tensors", async () => {
    const before = memory().numTensors;
    const broken = onRows({
      denoiser: () => {
        throw new Error("broken");
      },
      dims: [2],
    });
    await expect(broken(new Float64Array(4), 1)).rejects.toThrow("broken");
    const wrong = onRows({ denoiser: (x) => normalTensor(key(1), [x.shape[0]!, 3]), dims: [2] });
    await expect(wrong(new Float64Array(4), 1)).rejects.toThrow(
      "must have the shape [2, 2], or twice the channels, got [2, 3]",
    );
    await expect(wrong(new Float64Array(3), 1)).rejects.toThrow("x must be rows of [2], got 3 numbers");
    expect(memory().numTensors).toBe(before);
  });
});

describe("what has no bound is refused", () => {
  const schedule = linear({ T: 10 });
  const options = { schedule, x0: Float64Array.of(0, 1), dim: 1, key: key(0), decoder };
  const denoiser = atIndex(exact.eps, schedule.alphaBar);

  test("processes", () => {
    expect(() => boundSteps(schedule, { eta: 0 })).toThrow("infinite without noise");
    expect(() => boundSteps(schedule, { sigmas: [0, 1] })).toThrow("sigmas must have T + 1 = 11 entries, got 2");
    expect(() => boundSteps(schedule, { sigmas: new Array(11).fill(0.9) })).toThrow("sigma must be in");
    expect(() => boundSteps(schedule, { tau: [3, 2] })).toThrow(RangeError);
    expect(() => boundSteps(schedule, { tau: [10] })).toThrow("decoderSigma must be given");
    expect(boundSteps(schedule, { tau: [10], decoderSigma: 0.5 }).length).toBe(1);
    expect(() => boundSteps(schedule, { decoderSigma: -1 })).toThrow("must be above 0, got -1");
    const both = { eta: 1, sigmas: new Array(11).fill(0.01) } as unknown as BoundProcess;
    expect(() => boundSteps(schedule, both)).toThrow("must be given alone");
  });

  test("predictions, variances and answers that do not fit", async () => {
    const [step] = boundSteps(schedule);
    const x = Float64Array.of(1, 2);
    expect(() => reverseGaussian(step!, x, Float64Array.of(1))).toThrow("output must have 2 numbers, got 1");
    expect(() => reverseGaussian(step!, x, x, { variance: learnedVariance })).toThrow(
      "must answer { output, variance }",
    );
    expect(() => reverseGaussian(step!, x, x, { prediction: "mean", mapX0: (x0) => x0 })).toThrow("mapX0");
    expect(() => reverseGaussian(step!, x, x, { prediction: "noise" as "eps" })).toThrow('got "noise"');
    const zero = boundSteps(fromAlphaBar([0.5, 0.1, 0]))[0]!;
    expect(() => reverseGaussian(zero, x, x)).toThrow("must determine x0, got alphaBar = 0");
    expect(reverseGaussian(zero, x, x, { prediction: "x0" }).mean).toEqual(x.map((value) => zero.x0Coef * value));
    await expect(variationalBound({ ...options, denoiser: () => Float64Array.of(1) })).rejects.toThrow(RangeError);
  });

  test("data and subsets", async () => {
    const bound = (more: object) => variationalBound({ ...options, denoiser, ...more });
    await expect(bound({ x0: Float64Array.of(NaN) })).rejects.toThrow("x0 must be finite, got NaN in row 0");
    await expect(bound({ x0: new Float64Array(0) })).rejects.toThrow("must be rows of dim = 1 numbers, got 0");
    await expect(bound({ dim: 3 })).rejects.toThrow("must be rows of dim = 3 numbers, got 2");
    await expect(bound({ decoder: undefined, x0: Float64Array.of(0.3) })).rejects.toThrow("must be a level");
    for (const terms of [0, 3, 10]) await expect(bound({ terms })).rejects.toThrow("terms must be even and in 2..9");
  });
});
