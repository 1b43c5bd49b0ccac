import { type Tensor, ops, own, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { foldIn, key, split, uniform } from "@nonmarkov/random";
import { elboWeights, linear } from "@nonmarkov/schedule";
import {
  type Batch,
  type Prediction,
  conversion,
  diffusionLoss,
  drawNoise,
  drawTimes,
  errorWeights,
  evaluateLoss,
  noisedExamples,
  predictions,
} from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";
import { type Linear, linearNet, linearParams } from "./support/linearNet.ts";
import { schedules, seeds } from "./support/schedules.ts";

beforeAll(useCpu);

const batchOf = (seed: number, size: number): Batch => ({
  x: Float32Array.from(drawNoise(key(seed), size, 2)),
  size,
});

const numberOf = (loss: Tensor): number => {
  const value = loss.dataSync()[0]!;
  loss.dispose();
  return value;
};

test("the loss is the mean over rows of weights[t] times the mean squared error of the row", () =>
  fc.assert(
    fc.property(schedules, seeds, fc.constantFrom(...predictions), (schedule, seed, prediction) => {
      const size = 5;
      const batch = batchOf(seed, size);
      const weights = [0, ...uniform(key(seed + 1), schedule.T, { min: 0.1, max: 3 })];
      const numbers = drawNoise(key(seed + 2), 1, 6);
      const params = linearParams(2, (i) => numbers[i]!);
      const loss = diffusionLoss({ schedule, net: linearNet, shape: [2], prediction, weights });
      const got = numberOf(evaluateLoss(loss, params, batch, key(seed)));
      const [timeKey, noiseKey] = split(key(seed), 2);
      const t = drawTimes(timeKey!, size, schedule.T);
      const eps = drawNoise(noiseKey!, size, 2);
      const { xt, target } = noisedExamples(schedule, { x0: batch.x, eps, t, prediction });
      let want = 0;
      for (let i = 0; i < 2 * size; i++) {
        const [row, j] = [i >> 1, i % 2];
        const output = xt[2 * row]! * numbers[j]! + xt[2 * row + 1]! * numbers[2 + j]! + numbers[4 + j]!;
        want += (weights[t[row]!]! * (output - target[i]!) ** 2) / (2 * size);
      }
      expect(Math.abs(got - want)).toBeLessThan(1e-5 * Math.max(1, want));
      treeDispose(params);
    }),
  ));

test("with eps prediction and weights gamma, T times the entries of a row times the loss estimates L_gamma", () => {
  // a network that answers 0 makes every term of eq. (5) gamma_t times the number of entries
  const schedule = linear({ T: 8, betaStart: 0.05, betaEnd: 0.3 });
  const sigmas = schedule.alphaBar.map((_, t) => (t < 2 ? 0.5 : 0.5 * Math.sqrt(1 - schedule.alphaBar[t - 1]!)));
  const weights = elboWeights(schedule, sigmas);
  const net = { apply: (_: Linear, x: Tensor): Tensor => ops.zerosLike(x) };
  const loss = diffusionLoss<Linear>({ schedule, net, shape: [2], weights });
  const params = linearParams(2, () => 0);
  const rows = 20_000;
  const estimate =
    schedule.T * 2 * numberOf(evaluateLoss(loss, params, { x: new Float32Array(2 * rows), size: rows }, key(3)));
  const exact = weights.reduce((sum, gamma) => sum + gamma * 2, 0);
  // standard error: sqrt(var / rows), var <= E (T gamma_t |eps|^2)^2 = T sum gamma^2 8
  const error = Math.sqrt((schedule.T * weights.reduce((sum, gamma) => sum + gamma * gamma, 0) * 8) / rows);
  expect(Math.abs(estimate - exact)).toBeLessThan(4 * error);
  expect(error).toBeLessThan(0.03 * exact);
  params.weight.dispose();
  params.bias.dispose();
});

test("errorWeights make the loss of every prediction that of the same network converted to another prediction", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      seeds,
      fc.constantFrom(...predictions),
      fc.constantFrom(...predictions),
      (T, seed, from, to) => {
        const schedule = linear({ T, betaStart: 0.02, betaEnd: 0.2 });
        const numbers = drawNoise(key(seed), 1, 6);
        const params = linearParams(2, (i) => numbers[i]!);
        const converted = {
          apply: (p: Linear, x: Tensor, t: Tensor): Tensor =>
            own(() => {
              const coefs = [...t.dataSync()].map((index) => conversion(from, to, schedule.alphaBar[index]!));
              const column = (values: number[]): Tensor => ops.tensor(values, [values.length, 1]);
              return ops.add(
                ops.mul(x, column(coefs.map(({ xt }) => xt))),
                ops.mul(linearNet.apply(p, x), column(coefs.map(({ output }) => output))),
              );
            }),
        };
        const batch = batchOf(seed, 4);
        const of = (net: typeof converted, prediction: Prediction, weights: readonly number[]): number =>
          numberOf(
            evaluateLoss(diffusionLoss({ schedule, net, shape: [2], prediction, weights }), params, batch, key(seed)),
          );
        const weighted = of(linearNet, from, errorWeights(schedule, { from, to }));
        const plain = of(
          converted,
          to,
          schedule.alphaBar.map(() => 1),
        );
        expect(Math.abs(weighted - plain)).toBeLessThan(1e-3 * Math.max(1e-3, plain));
        treeDispose(params);
      },
    ),
  ));

test("its gradient is the slope along a random direction", () => {
  const schedule = linear({ T: 20 });
  const loss = diffusionLoss({ schedule, net: linearNet, shape: [2] });
  const numbers = drawNoise(key(1), 1, 6);
  const direction = drawNoise(key(2), 1, 6);
  const at = (h: number) => linearParams(2, (i) => numbers[i]! + h * direction[i]!);
  const batch = batchOf(7, 16);
  const [left, middle, right] = [at(-0.1), at(0), at(0.1)];
  // the loss is quadratic in the parameters: the central difference is exact
  const examples = loss.prepare(batch, key(3));
  const slope = (numberOf(loss.evaluate(right, examples)) - numberOf(loss.evaluate(left, examples))) / 0.2;
  const { value, grad } = valueAndGrad(loss.evaluate)(middle, examples);
  const flat = [...grad.weight.dataSync(), ...grad.bias.dataSync()];
  const product = flat.reduce((sum, g, i) => sum + g * direction[i]!, 0);
  expect(Math.abs(product - slope)).toBeLessThan(1e-4 * Math.abs(slope));
  treeDispose([left, middle, right, examples, value, grad]);
});

test("labels reach a conditional network, and no other", () => {
  const schedule = linear({ T: 5 });
  const seen: (number[] | undefined)[] = [];
  const net = {
    apply: (params: Linear, x: Tensor, _t: Tensor, labels?: Tensor): Tensor => {
      seen.push(labels === undefined ? undefined : [...labels.dataSync()]);
      if (labels !== undefined) expect(labels.dtype).toBe("int32");
      return linearNet.apply(params, x);
    },
  };
  const params = linearParams(2, () => 0.1);
  const batch = { ...batchOf(1, 3), labels: Int32Array.of(4, -1, 2) };
  for (const conditional of [true, false])
    numberOf(evaluateLoss(diffusionLoss({ schedule, net, shape: [2], conditional }), params, batch, key(1)));
  expect(seen).toEqual([[4, -1, 2], undefined]);
  treeDispose(params);
});

test("another key gives other noise, the same key the same loss", () => {
  const loss = diffusionLoss({ schedule: linear({ T: 50 }), net: linearNet, shape: [2] });
  const params = linearParams(2, () => 0.3);
  const of = (i: number): number => numberOf(evaluateLoss(loss, params, batchOf(1, 4), foldIn(key(1), i)));
  expect(of(0)).toBe(of(0));
  expect(of(0)).not.toBe(of(1));
  treeDispose(params);
});

test("batches, weights and outputs that do not fit are errors, and leave no tensors behind", () => {
  const schedule = linear({ T: 5 });
  const params = linearParams(2, () => 0.1);
  const before = numTensors();
  const options = { schedule, net: linearNet, shape: [2] };
  const batch = batchOf(1, 3);
  const prepare = (over: object, of: Batch) => diffusionLoss({ ...options, ...over }).prepare(of, key(0));
  expect(() => prepare({}, { ...batch, size: 4 })).toThrow(/must have 8 numbers.*got 6/);
  expect(() => prepare({}, { x: new Float32Array(0), size: 0 })).toThrow(RangeError);
  expect(() => prepare({ conditional: true }, batch)).toThrow(/3 labels, got 0/);
  expect(() => diffusionLoss({ ...options, weights: [1, 1] })).toThrow(/6 weights, for t = 0..5, got 2/);
  expect(() => diffusionLoss({ ...options, weights: [0, 1, 1, 1, 1, NaN] })).toThrow(/weights\[5\]/);
  const wide = { apply: (_: Linear, x: Tensor): Tensor => ops.concat([x, x], 1) };
  expect(() => evaluateLoss(diffusionLoss<Linear>({ ...options, net: wide }), params, batch, key(0))).toThrow(
    /must have its input's shape \[3,2\], got \[3,4\]/,
  );
  expect(numTensors()).toBe(before);
  treeDispose(params);
});
