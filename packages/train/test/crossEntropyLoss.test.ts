import { ops, type Tensor } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { crossEntropyLoss, evaluateLoss } from "@nonmarkov/train";
import { memory } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { useCpu } from "./support/cpu.ts";

beforeAll(useCpu);

/** A linear classifier of two numbers into three classes. */
const logits = (weight: Tensor, x: Tensor): Tensor => ops.matMul(x as never, weight as never);
const valueOf = (
  weights: readonly number[],
  x: readonly number[],
  labels: readonly number[],
  smoothing: number,
): number => {
  const weight = ops.tensor([...weights], [2, 3]);
  const before = memory().numTensors;
  const loss = evaluateLoss(
    crossEntropyLoss({ logits, shape: [2], classes: 3, smoothing }),
    weight,
    { x: Float32Array.from(x), labels: Int32Array.from(labels), size: labels.length },
    key(0),
  );
  expect(memory().numTensors).toBe(before + 1);
  const value = loss.dataSync()[0]!;
  [loss, weight].forEach((tensor) => tensor.dispose());
  return value;
};

test("it is the mean over the rows of -Σ target·log p, with targets 1 - s + s/K for the class and s/K for the others", () => {
  const number = fc.integer({ min: -300, max: 300 }).map((v) => v / 100);
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 6, maxLength: 6 }),
      fc.array(fc.tuple(number, number, fc.nat(2)), { minLength: 1, maxLength: 6 }),
      fc.constantFrom(0, 0.1, 0.5),
      (weights, rows, smoothing) => {
        const want =
          rows.reduce((sum, [a, b, label]) => {
            const z = [0, 1, 2].map((k) => a * weights[k]! + b * weights[3 + k]!);
            const logSum = Math.log(z.reduce((all, v) => all + Math.exp(v), 0));
            return (
              sum - z.reduce((all, v, k) => all + (smoothing / 3 + (k === label ? 1 - smoothing : 0)) * (v - logSum), 0)
            );
          }, 0) / rows.length;
        const got = valueOf(
          weights,
          rows.flatMap(([a, b]) => [a, b]),
          rows.map(([, , label]) => label),
          smoothing,
        );
        expect(Math.abs(got - want)).toBeLessThan(1e-4 * (1 + Math.abs(want)));
      },
    ),
    { numRuns: 60 },
  );
});

test("labels that are no class, batches that do not fit and impossible smoothing are refused", () => {
  expect(() => valueOf([0, 0, 0, 0, 0, 0], [1, 2], [3], 0)).toThrow("labels must be in 0..2, got 3 in row 0");
  expect(() => valueOf([0, 0, 0, 0, 0, 0], [1, 2, 3], [1], 0)).toThrow("got 3 numbers and 1 labels");
  expect(() => crossEntropyLoss({ logits, shape: [2], classes: 3, smoothing: 1 })).toThrow("must be in [0, 1), got 1");
});
