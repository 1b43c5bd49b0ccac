import { type Tensor, type Tree, treeDispose } from "@nonmarkov/autodiff";
import { foldIn, key } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import { type Batch, diffusionLoss, drawNoise, dropLabels, edmLoss } from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";
import { type Linear, linearNet } from "./support/linearNet.ts";
import { seeds } from "./support/schedules.ts";

beforeAll(useCpu);

const labels = Int32Array.from({ length: 20_000 }, (_, i) => i % 10);

test("labels are dropped as often as asked for, whatever the class, and the others stay as they are", () => {
  for (const probability of [0, 0.1, 0.5, 0.95]) {
    const dropped = dropLabels(key(3), labels, probability);
    dropped.forEach((label, i) => expect(label === -1 || label === labels[i]).toBe(true));
    for (let k = 0; k < 10; k++) {
      const n = labels.length / 10;
      const count = dropped.filter((label, i) => label === -1 && labels[i] === k).length;
      const error = Math.sqrt((probability * (1 - probability)) / n);
      expect(Math.abs(count / n - probability)).toBeLessThanOrEqual(4.5 * error);
    }
  }
});

test("a row's label is dropped or kept by key and index alone, and more are dropped where the probability is higher", () =>
  fc.assert(
    fc.property(
      seeds,
      fc.nat({ max: 50 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (seed, from, p) => {
        const whole = dropLabels(key(seed), labels.subarray(0, 100), p);
        expect(dropLabels(key(seed), labels.subarray(from, 100), p, from)).toEqual(whole.slice(from));
        const fewer = dropLabels(key(seed), labels.subarray(0, 100), p / 2);
        fewer.forEach((label, i) => expect(label === -1 && whole[i] !== -1).toBe(false));
      },
    ),
  ));

const batch: Batch = {
  x: Float32Array.from(drawNoise(key(1), 400, 2)),
  labels: labels.subarray(0, 400),
  size: 400,
};
const values = async (tensor: Tensor | undefined) => [...(await tensor!.data())];

test.each([
  [
    "diffusionLoss",
    (labelDropout?: number) =>
      diffusionLoss<Linear>({
        schedule: linear({ T: 20 }),
        net: linearNet,
        shape: [2],
        conditional: true,
        ...(labelDropout !== undefined && { labelDropout }),
      }),
  ],
  [
    "edmLoss",
    (labelDropout?: number) =>
      edmLoss<Linear>({
        net: linearNet,
        shape: [2],
        conditional: true,
        ...(labelDropout !== undefined && { labelDropout }),
      }),
  ],
] as const)("%s drops labels anew in each step, and changes nothing else", async (_, lossWith) => {
  const before = numTensors();
  const plain = lossWith().prepare(batch, key(5));
  const dropped = lossWith(0.3).prepare(batch, key(5));
  const later = lossWith(0.3).prepare(batch, foldIn(key(5), 1));
  expect(await values(plain.labels)).toEqual([...batch.labels!]);
  const [now, then] = [await values(dropped.labels), await values(later.labels)];
  expect(now.filter((label) => label === -1).length).toBeGreaterThan(80);
  expect(now).not.toEqual(then);
  const again = lossWith(0.3).prepare(batch, key(5));
  expect(await values(again.labels)).toEqual(now);
  for (const name of ["xt", "t", "target", "weights"] as const)
    expect(await values(dropped[name])).toEqual(await values(plain[name]));
  treeDispose([plain, dropped, later, again] as Tree);
  expect(numTensors()).toBe(before);
});

test("a probability that is none, and labels dropped of a network without any, are errors", () => {
  expect(() => dropLabels(key(1), labels, 1)).toThrow(/probability must be in \[0, 1\), got 1/);
  expect(() => dropLabels(key(1), labels, NaN)).toThrow(RangeError);
  const options = { schedule: linear({ T: 5 }), net: linearNet, shape: [2] };
  expect(() => diffusionLoss({ ...options, conditional: true, labelDropout: -0.1 })).toThrow(/labelDropout must be/);
  expect(() => diffusionLoss({ ...options, labelDropout: 0.1 })).toThrow(/conditional loss; set conditional/);
});
