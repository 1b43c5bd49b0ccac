import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Backend } from "../src/backend/backend.ts";
import { start } from "../src/index.ts";

beforeAll(() => start({ backend: "nonmarkov" }));

const ones = (...shape: number[]): tf.Tensor2D => tf.ones(shape as [number, number]);

/** Each of these would read or write beside its tensors, or do something else than what was meant. */
const mistakes: Readonly<Record<string, () => unknown>> = {
  "a product of [2, 3] and [4, 5]": () => tf.matMul(ones(2, 3), ones(4, 5)),
  "a product of [2, 3] and [4, 5], both transposed": () => tf.matMul(ones(2, 3), ones(4, 5), true, true),
  "a product of 2 and of 3 matrices": () => tf.matMul(ones(2, 2, 3), ones(3, 3, 5)),
  "a product with a vector": () => tf.matMul(ones(3), ones(3, 2)),
  "a fused product of [2, 3] and [4, 5]": () => tf.fused.matMul({ a: ones(2, 3), b: ones(4, 5) }),
  "a sum over axis 2 of 2": () => tf.sum(ones(2, 3), 2),
  "a sum over axis -3 of 2": () => tf.sum(ones(2, 3), -3),
  "a sum over half an axis": () => tf.sum(ones(2, 3), 0.5),
  "a sum over an axis twice": () => tf.sum(ones(2, 3), [0, -2]),
  "a mean over axis 2 of 2": () => tf.mean(ones(2, 3), 2),
  "a maximum over axis 2 of 2": () => tf.max(ones(2, 3), 2),
  "a minimum over axis 2 of 2": () => tf.min(ones(2, 3), [0, 2]),
  "a slice that ends outside": () => tf.slice(ones(3, 4), [2, 0], [2, 4]),
  "a slice that begins outside": () => tf.slice(ones(3, 4), [4, 0], [-1, 4]),
  "a slice that begins before": () => tf.slice(ones(3, 4), [-1, 0], [2, 4]),
  "a slice of another rank": () => tf.slice(ones(3, 4), [0, 0, 0], [1, 1, 1]),
  "a concatenation of [2, 3] and [2, 4] along rows": () => tf.concat([ones(2, 3), ones(2, 4)], 0),
  "a concatenation of two ranks": () => tf.concat([ones(2, 3), ones(3)]),
  "a concatenation along axis 2 of 2": () => tf.concat([ones(2, 3), ones(2, 3)], 2),
  "a stack of [2, 3] and [3, 2]": () => tf.stack([ones(2, 3), ones(3, 2)]),
  "a stack along axis 4 of 2": () => tf.stack([ones(2, 3), ones(2, 3)], 4),
  "a split of 3 into halves": () => tf.split(ones(2, 3), 2, 1),
  "a split of 3 into 1 and 1": () => tf.split(ones(2, 3), [1, 1], 1),
  "a split along axis 3 of 2": () => tf.split(ones(2, 3), 1, 3),
  "a reversal of axis 2 of 2": () => tf.reverse(ones(2, 3), 2),
  "a transposition that names an axis twice": () => tf.transpose(ones(2, 3), [0, 0]),
  "padding of another rank": () => tf.pad(ones(2, 3), [[1, 1]]),
  "repetitions of another rank": () => tf.tile(ones(2, 3), [2]),
  "half a repetition": () => tf.tile(ones(2, 3), [1.5, 1]),
  "a sum of [2, 3] and [2]": () => tf.add(ones(2, 3), ones(2)),
  "another size in another shape": () => tf.reshape(ones(2, 3), [4]),
};

test.each(Object.keys(mistakes))("%s is an error, which leaves nothing behind", (name) => {
  const state = (): unknown => [tf.memory().numTensors, (tf.backend() as Backend).machine.usage().bytes];
  const before = state();
  expect(() => tf.tidy(() => void mistakes[name]!())).toThrow(Error);
  expect(state()).toEqual(before);
});
