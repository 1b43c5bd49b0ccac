import { normalTensor, ops, own, type Tensor, type Tree, treeDispose } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { gaussianFlow, gaussianMixture, mlp } from "@nonmarkov/nets";
import { key, normal, uniform } from "@nonmarkov/random";
import { linear, type Schedule } from "@nonmarkov/schedule";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  exactTrace,
  heunTableau,
  hutchinson,
  indexAt,
  odeLogLikelihood,
  type OdeLogLikelihoodOptions,
  rademacherTensor,
  rk4Tableau,
  type Tableau,
  traceByDifferences,
  traceOnTensors,
  variationalBound,
} from "../../src/index.ts";

const largest = (got: Float64Array, want: Float64Array) =>
  got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0);
const expectNear = (got: Float64Array, want: Float64Array, tolerance: number) => {
  expect(got.length).toBe(want.length);
  expect(largest(got, want)).toBeLessThanOrEqual(tolerance);
};

const { alphaBar, T } = linear();
const to = alphaBar[T]!;

const gaussian = { mean: [0.6, -1], covariance: [[0.5, 0.3], [0.3, 0.4]] }; // prettier-ignore
const ring = {
  means: Array.from({ length: 6 }, (_, k) => [1.4 * Math.cos((k * Math.PI) / 3), 1.4 * Math.sin((k * Math.PI) / 3)]),
  covariances: Array.from({ length: 6 }, () => 0.3 ** 2),
};
const points = uniform(key(1), 40, { min: -1.8, max: 1.8 });

describe("exact denoisers", () => {
  const exact = gaussianMixture({ means: [gaussian.mean], covariances: [gaussian.covariance] });
  const mixture = gaussianMixture(ring);
  const options = (of: typeof exact): OdeLogLikelihoodOptions => ({
    denoiser: traceByDifferences(of.eps, { dim: 2 }),
    x0: points,
    dim: 2,
    steps: 100,
    to,
    logPrior: (x) => of.logDensity(x, to),
  });

  test("Gaussian data: the closed-form log-density to 1e-9, and the closed-form encoding", async () => {
    const { logLikelihood, latent, standardError } = await odeLogLikelihood({ ...options(exact), steps: 400 });
    expectNear(logLikelihood, exact.logDensity(points, 1), 1e-9);
    expectNear(latent, gaussianFlow(gaussian)(points, 1, to), 1e-9);
    expect(standardError).toBeUndefined();
  });

  test("with N(0, I) for the prior, the error is that of the prior", async () => {
    const { logPrior: _, ...rest } = options(exact);
    const { logLikelihood } = await odeLogLikelihood(rest);
    const error = largest(logLikelihood, exact.logDensity(points, 1));
    expect(error).toBeGreaterThan(1e-6);
    expect(error).toBeLessThan(0.1);
    // farther out the prior is nearly exact; there x0 tells v without dividing by a small number
    const far = { ...rest, to: 1e-20, from: 0.5, prediction: "x0" as const };
    const late = await odeLogLikelihood({ ...far, denoiser: traceByDifferences(exact.x0, { dim: 2 }) });
    const scaled = points.map((value) => Math.sqrt(0.5) * value);
    expectNear(late.logLikelihood, exact.logDensity(scaled, 0.5).map((value) => value + Math.log(0.5)), 1e-8); // prettier-ignore
  });

  test("mixtures: gaussianMixture's log-density to 1e-6", async () => {
    const { logLikelihood } = await odeLogLikelihood({ ...options(mixture), steps: 400 });
    expectNear(logLikelihood, mixture.logDensity(points, 1), 1e-6);
  });

  test("every prediction says the same", async () => {
    const from = 0.999;
    const few = points.subarray(0, 12);
    const want = mixture.logDensity(few.map((value) => Math.sqrt(from) * value), from); // prettier-ignore
    const v = (x: Float64Array, a: number) => {
      const [x0, eps] = [mixture.x0(x, a), mixture.eps(x, a)];
      return eps.map((value, i) => Math.sqrt(a) * value - Math.sqrt(1 - a) * x0[i]!);
    };
    for (const [prediction, f] of [
      ["eps", mixture.eps],
      ["x0", mixture.x0],
      ["score", mixture.score],
      ["v", v],
    ] as const) {
      // prettier-ignore
      const { logLikelihood } = await odeLogLikelihood({
        ...options(mixture),
        denoiser: traceByDifferences(f, { dim: 2 }),
        prediction,
        x0: few,
        from,
        steps: 300,
      });
      expectNear(logLikelihood, want.map((value) => value + Math.log(from)), 1e-6); // prettier-ignore
    }
  });

  test.each([
    ["Heun", heunTableau],
    ["RK4", rk4Tableau],
  ] as readonly (readonly [string, Tableau])[])(
    "the error of %s falls with its order, for any spacing",
    async (_, tableau) => {
      for (const [of, rho] of [
        [exact, 1],
        [exact, 2],
        [mixture, 2],
      ] as const) {
        // prettier-ignore
        const errors: number[] = [];
        for (const steps of of === mixture ? [80, 160] : [20, 40]) {
          const { logLikelihood } = await odeLogLikelihood({ ...options(of), tableau, steps, rho });
          errors.push(largest(logLikelihood, of.logDensity(points, 1)));
        }
        const order = Math.log2(errors[0]! / errors[1]!);
        expect(order, `${errors}`).toBeGreaterThan(tableau.order - 0.35);
        expect(order, `${errors}`).toBeLessThan(tableau.order + 1);
      }
    },
  );

  test("the tableaus meet the conditions of their orders", () => {
    for (const { order, nodes, stages, weights } of [heunTableau, rk4Tableau]) {
      stages.forEach((shares, i) => expect(shares.reduce((a, b) => a + b, 0)).toBe(nodes[i]));
      for (let p = 1; p <= order; p++)
        expect(weights.reduce((sum, weight, i) => sum + weight * nodes[i]! ** (p - 1), 0)).toBeCloseTo(1 / p, 15);
    }
  });

  test("the variational bound is above: Jensen, on average over the noise", async () => {
    const schedule = linear({ T: 100, betaStart: 1e-3, betaEnd: 0.2 });
    const { logLikelihood } = await odeLogLikelihood({ ...options(mixture), steps: 200 });
    const repeats = 12;
    const x0 = Float64Array.from({ length: 40 * repeats }, (_, i) => points[i % 40]!);
    const denoiser = (x: Float64Array, t: number) => mixture.eps(x, schedule.alphaBar[t]!);
    for (const eta of [1, 0.5]) {
      const { total } = await variationalBound({
        schedule,
        denoiser,
        x0,
        dim: 2,
        key: key(7),
        eta,
        decoder: (x, mean, logVariance) =>
          -(Math.log(2 * Math.PI) + logVariance + (x - mean) ** 2 / Math.exp(logVariance)) / 2,
      });
      for (let row = 0; row < 20; row++) {
        const values = Array.from({ length: repeats }, (_, k) => total[row + 20 * k]!.value);
        const mean = values.reduce((a, b) => a + b) / repeats;
        const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0)) / repeats;
        expect(mean + 4 * spread).toBeGreaterThan(-logLikelihood[row]!);
      }
      const mean = total.reduce((sum, { value }) => sum + value, 0) / total.length;
      expect(mean).toBeGreaterThan(-logLikelihood.reduce((a, b) => a + b) / 20);
    }
  });
});

describe("networks on tensors", () => {
  beforeAll(() => start({ backend: "cpu" }));
  const schedule: Schedule = linear({ T: 50, betaStart: 2e-3, betaEnd: 0.3 });
  const [from, end] = [schedule.alphaBar[1]!, schedule.alphaBar[50]!];

  /** A field with a full Jacobian that depends on t: x + tanh(x A)/(1 + t). */
  const mix = [0.9, -0.7, 0.4, 0.8];
  const field = (x: Tensor, t: number): Tensor =>
    ops.add(x, ops.div(ops.tanh(ops.matMul(x as never, ops.tensor2d(mix, [2, 2]))), 1 + t));
  const onHost = (x: Float64Array, level: number): Float64Array => {
    const t = indexAt(schedule, level);
    return x.map((value, i) => {
      const row = i - (i % 2);
      return value + Math.tanh(x[row]! * mix[i % 2]! + x[row + 1]! * mix[2 + (i % 2)]!) / (1 + t);
    });
  };
  const run = { x0: points, dim: 2, steps: 3, from, to: end };

  test("one vjp per dimension gives the trace: the same likelihood as in float64 on the host", async () => {
    const before = memory().numTensors;
    const got = await odeLogLikelihood({ ...run, denoiser: traceOnTensors({ denoiser: field, schedule, dims: [2] }) });
    const want = await odeLogLikelihood({ ...run, denoiser: traceByDifferences(onHost, { dim: 2 }) });
    expectNear(got.logLikelihood, want.logLikelihood, 2e-5);
    expectNear(got.latent, want.latent, 2e-5);
    expect(got.standardError).toBeUndefined();
    expect(memory().numTensors).toBe(before);
  });

  test.each([
    ["Rademacher", rademacherTensor],
    ["Gaussian", normalTensor],
  ] as const)("Hutchinson's mean over %s probes is the exact trace, within its standard error", async (_, probe) => {
    const before = memory().numTensors;
    const trace = hutchinson({ key: key(5), probes: 40, probe });
    const exact = await odeLogLikelihood({
      ...run,
      denoiser: traceOnTensors({ denoiser: field, schedule, dims: [2] }),
    });
    const { logLikelihood, standardError, latent } = await odeLogLikelihood({
      ...run,
      denoiser: traceOnTensors({ denoiser: field, schedule, dims: [2], trace }),
    });
    expectNear(latent, exact.latent, 1e-12);
    const scores = logLikelihood.map((value, row) => (value - exact.logLikelihood[row]!) / standardError![row]!);
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4);
    const size = scores.reduce((sum, z) => sum + z * z, 0) / scores.length;
    expect(size).toBeGreaterThan(0.3);
    expect(size).toBeLessThan(2.5);
    expect(memory().numTensors).toBe(before);
  });

  test("probes belong to rows: shards of a batch give what the whole gives", async () => {
    const likelihood = async (x0: Float64Array, firstIndex: number) => {
      const trace = hutchinson({ key: key(5), probes: 2, firstIndex });
      const denoiser = traceOnTensors({ denoiser: field, schedule, dims: [2], trace });
      return (await odeLogLikelihood({ ...run, x0, denoiser })).logLikelihood;
    };
    expectNear(await likelihood(points.subarray(10), 5), (await likelihood(points, 0)).slice(5), 1e-5);
  });

  test("Rademacher probes are signs of mean 0; of a diagonal derivative they give the trace exactly", async () => {
    const signs = rademacherTensor(key(9), [100, 10], 3);
    const values = Float64Array.from(await signs.data());
    expect(values.every((value) => Math.abs(value) === 1)).toBe(true);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / 1000)).toBeLessThan(0.1);
    const x = ops.tensor([1, 2, 3, 4], [2, 2]);
    const { output, traces } = own(() => {
      const made = hutchinson({ key: key(1) })((at) => ops.square(at), x);
      return { output: made.output, traces: ops.stack([...made.traces]) };
    });
    expect(Array.from(await output.data())).toEqual([1, 4, 9, 16]);
    expect(Array.from(await traces.data())).toEqual([6, 14]);
    treeDispose([signs, x, output, traces]);
  });

  test("the exact trace of images takes every pixel: [rows, h, w, c]", async () => {
    const x = normalTensor(key(2), [2, 2, 2, 1]);
    const { trace } = own(() => ({
      trace: exactTrace((at) => ops.mul(at, ops.sum(at, [1, 2, 3], true)), x).traces[0]!,
    }));
    const sums = ops.sum(x, [1, 2, 3]);
    // d(x_j sum(x))/dx_j = sum(x) + x_j
    const want = await sums.data();
    (await trace.data()).forEach((value, row) => expect(value).toBeCloseTo(5 * want[row]!, 4));
    treeDispose([x, trace, sums]);
  });

  test("an MLP, asked between its indices: probes agree with the trace, and nothing is left over", async () => {
    const net = mlp({ hidden: 8, depth: 1, frequencies: 4 });
    const zero = net.init(key(3));
    const params = {
      ...zero,
      linear_out: { ...zero.linear_out, weight: normalTensor(key(4), zero.linear_out.weight.shape) },
    } as typeof zero;
    const before = memory().numTensors;
    const network = (x: Tensor, t: number) => net.apply(params, x, ops.fill([1], t));
    const make = (trace = exactTrace) => traceOnTensors({ denoiser: network, schedule, dims: [2], trace });
    const exact = await odeLogLikelihood({ ...run, steps: 2, denoiser: make() });
    const estimated = await odeLogLikelihood({
      ...run,
      steps: 2,

      denoiser: make(hutchinson({ key: key(6), probes: 16 })),
    });
    expectNear(estimated.latent, exact.latent, 1e-5);
    estimated.logLikelihood.forEach((value, row) =>
      expect(Math.abs(value - exact.logLikelihood[row]!)).toBeLessThan(6 * estimated.standardError![row]! + 1e-4),
    );
    const single = await odeLogLikelihood({ ...run, steps: 2, denoiser: make(hutchinson({ key: key(6) })) });
    expect(single.standardError).toBeUndefined();
    expect(memory().numTensors).toBe(before);
    treeDispose(zero as Tree);
    params.linear_out.weight.dispose();
  });

  test("a network that fails leaves no tensors", async () => {
    const before = memory().numTensors;
    let calls = 0;
    const failing = (x: Tensor, t: number): Tensor => {
      if (++calls === 5) throw new Error("broken");
      return field(x, t);
    };
    for (const trace of [exactTrace, hutchinson({ key: key(1), probes: 3 })]) {
      calls = 0;
      const denoiser = traceOnTensors({ denoiser: failing, schedule, dims: [2], trace });
      await expect(odeLogLikelihood({ ...run, denoiser })).rejects.toThrow("broken");
      expect(memory().numTensors).toBe(before);
    }
    const denoiser = traceOnTensors({ denoiser: field, schedule, dims: [3] });
    await expect(odeLogLikelihood({ ...run, denoiser })).rejects.toThrow("x must be rows of [3], got 40 numbers");
    expect(memory().numTensors).toBe(before);
  });
});

describe("indexAt", () => {
  const schedule = linear();

  test("is the inverse of alphaBar[t], and increases in between", () => {
    schedule.alphaBar.forEach((level, t) => expect(indexAt(schedule, level)).toBe(t));
    const levels = uniform(key(3), 500, { min: schedule.alphaBar[1000]!, max: 1 }).toSorted().reverse();
    const indices = levels.map((level) => indexAt(schedule, level));
    indices.forEach((t, i) => {
      if (i > 0) expect(t).toBeGreaterThan(indices[i - 1]!);
      expect(levels[i]!).toBeLessThanOrEqual(schedule.alphaBar[Math.floor(t)]!);
      expect(levels[i]!).toBeGreaterThanOrEqual(schedule.alphaBar[Math.ceil(t)]!);
    });
    expect(() => indexAt(schedule, 1e-6)).toThrow("alphaBar must be in");
    expect(() => indexAt(schedule, 1.1)).toThrow(RangeError);
  });
});

test("levels, steps, spacings and answers that do not fit are refused", async () => {
  const denoiser = traceByDifferences((x) => x.map(() => 0), { dim: 2 });
  const bad = (more: Partial<OdeLogLikelihoodOptions>) =>
    odeLogLikelihood({ denoiser, x0: normal(key(1), 4), dim: 2, steps: 2, to: 0.1, ...more });
  expect((await bad({})).logLikelihood.length).toBe(2);
  await expect(bad({ to: 1 })).rejects.toThrow("1 >= from > to >= 0, got 1 and 1");
  await expect(bad({ from: 0.05 })).rejects.toThrow("got 0.05 and 0.1");
  await expect(bad({ to: 0 })).rejects.toThrow('prediction "eps" must determine v, got alphaBar = 0');
  await expect(bad({ prediction: "x0" })).rejects.toThrow('prediction "x0" must determine v, got alphaBar = 1');
  await expect(bad({ steps: 0 })).rejects.toThrow("steps must be an integer >= 1, got 0");
  await expect(bad({ rho: 0 })).rejects.toThrow("rho must be above 0, got 0");
  await expect(bad({ dim: 3 })).rejects.toThrow("rows of dim = 3 numbers, got 4");
  await expect(bad({ x0: Float64Array.of(1, Infinity) })).rejects.toThrow("must be finite, got Infinity in row 0");
  const answer = (output: number, traces: number) => ({
    denoiser: () => ({ output: new Float64Array(output), traces: new Float64Array(traces) }),
  });
  await expect(bad(answer(3, 2))).rejects.toThrow("output must have 4 numbers, got 3");
  await expect(bad(answer(4, 3))).rejects.toThrow("as many traces for each of 2 rows, got 3");
  await expect(bad({ logPrior: () => new Float64Array(1) })).rejects.toThrow(
    "logPrior's result must have 2 numbers, got 1",
  );
  expect(() => hutchinson({ key: key(1), probes: 0 })).toThrow("probes must be an integer >= 1, got 0");
  expect(() => traceByDifferences((x) => x, { dim: 2, step: 0 })).toThrow("step must be above 0, got 0");
});
