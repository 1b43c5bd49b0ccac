import { type Tensor, type Tree, ops, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { arraySpace, edmPreconditioning, preconditioned } from "@nonmarkov/samplers";
import { fromNoiseToSignal } from "@nonmarkov/schedule";
import { drawNoise, edmLoss, evaluateLoss } from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";
import { seeds } from "./support/schedules.ts";

beforeAll(useCpu);

const zeroNet = { apply: (_: Tree, x: Tensor): Tensor => ops.zerosLike(x) };
const noParams: Tree = [];

test("the network that answers the target is, preconditioned, the one that gives the clean data back", () =>
  fc.assert(
    fc.asyncProperty(seeds, fc.double({ min: 0.05, max: 5, noNaN: true }), async (seed, sigmaData) => {
      const size = 6;
      const x0 = Float32Array.from(drawNoise(key(seed), size, 2), (value) => value * sigmaData);
      const loss = edmLoss({ net: zeroNet, shape: [2], sigmaData });
      const examples = loss.prepare({ x: x0, size }, key(seed));
      const [shown, noises, target] = [examples.xt, examples.t, examples.target].map((x) =>
        Float64Array.from(x.dataSync()),
      );
      for (let row = 0; row < size; row++) {
        const sigma = Math.exp(4 * noises![row]!);
        const schedule = fromNoiseToSignal([sigma]);
        const mine = (values: Float64Array): Float64Array => values.slice(2 * row, 2 * row + 2);
        const denoiser = preconditioned<Float64Array>({
          network: (input, noise) => {
            expect(noise).toBeCloseTo(noises![row]!, 6);
            input.forEach((value, j) => expect(value).toBeCloseTo(mine(shown!)[j]!, 6));
            return mine(target!);
          },
          schedule,
          space: arraySpace(),
          preconditioning: edmPreconditioning({ sigmaData }),
        });
        // x_t in coordinates of variance 1, from what the network was shown
        const xt = mine(shown!).map((v) => (v * Math.hypot(sigma, sigmaData)) / Math.hypot(1, sigma));
        const made = await denoiser(xt, 1);
        const scale = sigmaData + sigma;
        made.forEach((value, j) => expect(Math.abs(value - x0[2 * row + j]!)).toBeLessThan(1e-5 * scale));
      }
      treeDispose(examples);
    }),
    { numRuns: 40 },
  ));

test("what the network is shown and what it should answer have unit variance at every sigma, and log(sigma) is normal", () => {
  const size = 40_000;
  const sigmaData = 0.7;
  const x = Float32Array.from(drawNoise(key(1), size, 1), (value) => value * sigmaData);
  const loss = edmLoss({ net: zeroNet, shape: [1], sigmaData, meanLogSigma: -0.5, stdLogSigma: 2 });
  const examples = loss.prepare({ x, size }, key(2));
  const moments = (values: ArrayLike<number>): [number, number] => {
    const list = Array.from(values);
    const mean = list.reduce((a, b) => a + b, 0) / size;
    return [mean, list.reduce((a, b) => a + (b - mean) ** 2, 0) / size];
  };
  const four = 4 / Math.sqrt(size);
  for (const tensor of [examples.xt, examples.target]) {
    const [mean, variance] = moments(tensor.dataSync());
    expect(Math.abs(mean)).toBeLessThan(four);
    expect(Math.abs(variance - 1)).toBeLessThan(four * Math.SQRT2);
  }
  const [mean, variance] = moments(examples.t.dataSync().map((noise) => 4 * noise));
  expect(Math.abs(mean + 0.5)).toBeLessThan(2 * four);
  expect(Math.abs(variance / 4 - 1)).toBeLessThan(four * Math.SQRT2);
  // a network that answers 0 is the best one for Gaussian data of this spread: its loss is the target's variance
  const value = evaluateLoss(loss, noParams, { x, size }, key(2));
  expect(Math.abs(value.dataSync()[0]! - 1)).toBeLessThan(four * Math.SQRT2);
  treeDispose([examples, value]);
});

test("settings, batches and outputs that do not fit are errors, and leave no tensors behind", () => {
  const before = numTensors();
  const options = { net: zeroNet, shape: [2] };
  for (const more of [{ sigmaData: 0 }, { stdLogSigma: -1 }, { meanLogSigma: NaN }])
    expect(() => edmLoss({ ...options, ...more })).toThrow(Object.keys(more)[0]);
  const batch = { x: new Float32Array(4), size: 2 };
  expect(() => edmLoss({ ...options, conditional: true }).prepare(batch, key(1))).toThrow(/2 labels, got 0/);
  expect(() => edmLoss(options).prepare({ ...batch, size: 3 }, key(1))).toThrow(/must have 6 numbers/);
  const wide = { apply: (_: Tree, x: Tensor): Tensor => ops.concat([x, x], 1) };
  expect(() => evaluateLoss(edmLoss({ ...options, net: wide }), noParams, batch, key(1))).toThrow(
    /edmLoss: the network's output must have its input's shape/,
  );
  expect(numTensors()).toBe(before);
});
