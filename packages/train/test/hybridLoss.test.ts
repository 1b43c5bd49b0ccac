import { type Tensor, type Tree, ops, own, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { boundSteps, boundTerm, learnedRangeVariance, learnedVariance, reverseGaussian } from "@nonmarkov/metrics";
import { key } from "@nonmarkov/random";
import { cosine, linear } from "@nonmarkov/schedule";
import { type Batch, diffusionLoss, drawNoise, evaluateLoss, type HybridExamples, hybridLoss } from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { golden } from "../../../test/golden.ts";
import { numTensors, useCpu } from "./support/cpu.ts";
import { seeds } from "./support/schedules.ts";

beforeAll(useCpu);

/** A "network" whose parameters are its output. */
const given = { apply: (output: Tensor): Tensor => output.clone() };
const numberOf = (loss: Tensor): number => {
  const value = loss.dataSync()[0]!;
  loss.dispose();
  return value;
};
const bytes = (seed: number, n: number): Float32Array =>
  Float32Array.from(drawNoise(key(seed), 1, n), (z) => Math.round(Math.min(1, Math.max(-1, z)) * 127.5 + 127.5)).map(
    (byte) => byte / 127.5 - 1,
  );

/** Prediction and values of each entry, side by side as channels. */
const interleaved = (predicted: ArrayLike<number>, values: ArrayLike<number>): number[] =>
  Array.from(predicted).flatMap((value, i) => [value, values[i]!]);

test.each([
  ["range", learnedRangeVariance],
  ["learned", learnedVariance],
] as const)("variance %s: the bound is the mean of the terms that the metrics compute in float64", (variance, model) =>
  fc.assert(
    fc.property(seeds, fc.constantFrom("eps", "x0", "v" as const), (seed, prediction) => {
      const schedule = linear({ T: 6, betaStart: 0.02, betaEnd: 0.4 });
      const [size, width] = [8, 3];
      const x = bytes(seed, size * width);
      const loss = hybridLoss<Tensor>({ schedule, net: given, shape: [width, 1], prediction, variance });
      const simple = diffusionLoss<Tensor>({ schedule, net: given, shape: [width, 1], prediction });
      const batch: Batch = { x, size };
      const examples = loss.prepare(batch, key(seed));
      const targets = examples.target.dataSync();
      // not far off: in float32 the mass of a bin many deviations away is 0, and the loss bounded
      const predicted = Float32Array.from(drawNoise(key(seed + 1), 1, size * width), (z, i) => targets[i]! + 0.05 * z);
      const values = Float32Array.from(drawNoise(key(seed + 2), 1, size * width));
      const output = ops.tensor(interleaved(predicted, values), [size, width, 2]);
      const alone = ops.tensor(predicted, [size, width, 1]);
      const got =
        numberOf(evaluateLoss(loss, output, batch, key(seed))) -
        numberOf(evaluateLoss(simple, alone, batch, key(seed)));
      const [xt, t] = [examples.xt.dataSync(), examples.t.dataSync()];
      const steps = boundSteps(schedule);
      let want = 0;
      for (let row = 0; row < size; row++) {
        const part = (values: ArrayLike<number>): Float64Array =>
          Float64Array.from(Array.from(values).slice(row * width, (row + 1) * width));
        const step = steps.find((s) => s.t === t[row])!;
        const answer = { output: part(predicted), variance: part(values) };
        const gaussian = reverseGaussian(step, part(xt), answer, { prediction, variance: model });
        want += boundTerm(step, { x0: levels(part(x)), xt: part(xt), model: gaussian, dim: width })[0]!;
      }
      want *= (0.001 * schedule.T) / (size * width * Math.LN2);
      expect(Math.abs(got - want)).toBeLessThan(2e-4 * Math.max(0.01, want));
      treeDispose([output, alone, examples] as Tree);
    }),
    { numRuns: 30 },
  ),
);

/** Float32 levels as the float64 ones that the decoder knows. */
const levels = (values: Float64Array): Float64Array => values.map((v) => Math.round((v + 1) * 127.5) / 127.5 - 1);

test("only the variance learns from the bound, only the prediction from the simple loss", () => {
  const schedule = linear({ T: 6, betaStart: 0.02, betaEnd: 0.4 });
  const batch: Batch = { x: bytes(1, 24), size: 8 };
  const output = ops.tensor(Float32Array.from(drawNoise(key(2), 1, 48)), [8, 3, 2]);
  const gradientOf = (boundWeight: number): number[] => {
    const loss = hybridLoss<Tensor>({ schedule, net: given, shape: [3, 1], boundWeight });
    const examples = loss.prepare(batch, key(3));
    const { value, grad } = valueAndGrad(loss.evaluate)(output, examples);
    const numbers = [...grad.dataSync()];
    treeDispose([value, grad, examples] as Tree);
    return numbers;
  };
  const [without, with_] = [gradientOf(0), gradientOf(1)];
  without.forEach((slope, i) => {
    if (i % 2 === 0) expect(with_[i]! - slope).toBe(0);
    else expect(Math.abs(slope)).toBe(0);
  });
  expect(with_.filter((slope, i) => i % 2 === 1 && slope !== 0).length).toBeGreaterThan(20);
  output.dispose();
});

test("of continuous data the last term is the Gaussian's own: at its best the variance is that of the error", () => {
  // of one step the whole bound is -log p(x0 | x_1); its derivative by the log-variance is (1 - error²/variance)/2
  const schedule = linear({ T: 1, betaStart: 0.3, betaEnd: 0.3 });
  const loss = hybridLoss<Tensor>({
    schedule,
    net: given,
    shape: [1],
    prediction: "x0",
    variance: "learned",
    boundWeight: 1,
    levels: Infinity,
  });
  const output = ops.tensor([0.25, Math.log(0.04)], [1, 2]);
  const examples = loss.prepare({ x: Float32Array.of(0.65), size: 1 }, key(1));
  const { value, grad } = valueAndGrad(loss.evaluate)(output, examples);
  const nats = (Math.log(2 * Math.PI * 0.04) + 0.16 / 0.04) / 2;
  expect(value.dataSync()[0]).toBeCloseTo(0.16 + nats / Math.LN2, 5);
  expect(grad.dataSync()[1]).toBeCloseTo((1 - 4) / 2 / Math.LN2, 5);
  treeDispose([output, examples, value, grad] as Tree);
});

type Tensor_ = { readonly shape: readonly number[]; readonly data: readonly number[] };
type Case = {
  readonly name: string;
  readonly kind: string;
  readonly betas: { readonly schedule: string; readonly T: number };
  readonly model_mean_type: string;
  readonly model_var_type: string;
  readonly t: readonly number[];
  readonly x_start: Tensor_;
  readonly noise: Tensor_;
  readonly x_t: Tensor_;
  readonly model_output: Tensor_;
  readonly training_losses: { readonly RESCALED_MSE: { readonly loss: readonly number[] } };
};
const reference = golden("posterior_and_losses.json");
const cases = reference.missing
  ? []
  : reference
      .load<{ cases: Case[] }>()
      .cases.filter(({ kind, model_var_type }) => kind === "vb" && model_var_type.startsWith("LEARNED"));

describe.skipIf(reference.missing !== "")(`golden posterior_and_losses.json${reference.missing}`, () => {
  test.each(cases.map((c): [string, Case] => [c.name, c]))("%s: the hybrid loss of each row", (_, c) => {
    const schedule = c.betas.schedule === "cosine" ? cosine({ T: c.betas.T }) : linear({ T: c.betas.T });
    const prediction = c.model_mean_type === "EPSILON" ? "eps" : "x0";
    const variance = c.model_var_type === "LEARNED" ? "learned" : "range";
    const [rows, channels, height, breadth] = c.x_start.shape as [number, number, number, number];
    expect(channels).toBe(1);
    const width = height * breadth;
    const loss = hybridLoss<Tensor>({ schedule, net: given, shape: [height, breadth, 1], prediction, variance });
    // among so many rows every t is drawn: their numbers serve for the recorded x_t
    const many = 12 * schedule.T;
    const drawn = hybridLoss<Tensor>({ schedule, net: given, shape: [1, 1, 1], prediction, variance }).prepare(
      { x: new Float32Array(many), size: many },
      key(1),
    );
    for (let row = 0; row < rows; row++) {
      const t = c.t[row]! + 1;
      const at = drawn.t.dataSync().indexOf(t);
      expect(at).toBeGreaterThanOrEqual(0);
      const part = ({ data }: Tensor_, from = row * width): readonly number[] => data.slice(from, from + width);
      const image = (values: readonly number[]) => ops.tensor([...values], [1, height, breadth, 1]);
      const examples: HybridExamples = own(() => ({
        xt: image(part(c.x_t)),
        t: ops.tensor([t], [1], "float32"),
        target: image(part(prediction === "eps" ? c.noise : c.x_start)),
        weights: ops.tensor([1 / width]),
        x0: image(part(c.x_start)),
        numbers: ops.slice(drawn.numbers, [0, at, 0, 0, 0], [-1, 1, 1, 1, 1]),
      }));
      const output = ops.tensor(
        interleaved(part(c.model_output, 2 * row * width), part(c.model_output, (2 * row + 1) * width)),
        [1, height, breadth, 2],
      );
      const got = numberOf(loss.evaluate(output, examples));
      const want = c.training_losses.RESCALED_MSE.loss[row]!;
      // the reference's decoder has an approximate normal distribution function
      expect(Math.abs(got - want)).toBeLessThan((t === 1 ? 3e-3 : 3e-5) * want);
      treeDispose([examples, output] as Tree);
    }
    treeDispose(drawn);
  });

  test("both kinds of learned variance are among the cases", () => expect(cases).toHaveLength(2));
});

test("settings and outputs that do not fit are errors, and leave no tensors behind", () => {
  const before = numTensors();
  const options = { schedule: linear({ T: 5 }), net: given, shape: [2] };
  for (const [more, message] of [
    [{ variance: "large" as never }, /variance must be "learned" or "range", got "large"/],
    [{ boundWeight: -1 }, /boundWeight must be at least 0/],
    [{ levels: 1 }, /levels must be an integer of at least 2 or Infinity, got 1/],
    [{ weights: [1] }, /hybridLoss: there must be 6 weights/],
  ] as const)
    expect(() => hybridLoss({ ...options, ...more })).toThrow(message);
  const single = ops.zeros([3, 2]);
  expect(() => evaluateLoss(hybridLoss(options), single, { x: new Float32Array(6), size: 3 }, key(1))).toThrow(
    /twice the channels of its input, \[3,4\], got \[3,2\]/,
  );
  single.dispose();
  expect(numTensors()).toBe(before);
});
