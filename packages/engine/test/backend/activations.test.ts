import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { start } from "../../src/index.ts";
import { lower } from "../../src/commands/lower.ts";
import { expectSame, expectSameRecorded, floats } from "./onBoth.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await start({ backend: "nonmarkov" });
});

const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu"] as const;
const product = (activation: (typeof activations)[number], bias: boolean): tf.Tensor =>
  tf.fused.matMul({
    a: tf.mul(floats([5, 6]), 3) as tf.Tensor2D,
    b: floats([6, 7], 2) as tf.Tensor2D,
    activation,
    leakyreluAlpha: 0.3,
    ...(bias ? { bias: floats([7], 3) } : {}),
  });
const convolution = (activation: (typeof activations)[number]): tf.Tensor =>
  tf.fused.conv2d({
    x: tf.mul(floats([2, 5, 6, 3]), 3) as tf.Tensor4D,
    filter: floats([3, 3, 3, 4], 2) as tf.Tensor4D,
    ...{ strides: 1, pad: "same", bias: floats([4], 3), activation, leakyreluAlpha: 1.5 },
  });

describe("products and convolutions with an activation after them give what they give on the cpu backend", () => {
  test.each(activations)("%s", (activation) =>
    expectSame(() => [product(activation, true), product(activation, false), convolution(activation)]),
  );
  test.each(activations)("%s, recorded", (activation) =>
    expectSameRecorded(() => [product(activation, true), convolution(activation)]),
  );
});

test("activations by themselves give what they give on the cpu backend, also far from 0", () =>
  expectSame(() => {
    const x = tf.concat([tf.mul(floats([20]), 4), tf.tensor([-200, -1e-6, 0, 1e-6, 200, NaN, Infinity])]);
    return [tf.elu(x), tf.relu6(x), tf.leakyRelu(x, 0.1), tf.leakyRelu(x, 2)];
  }));

test("pixels repeated from their centres need no kernel of tfjs", async () => {
  const settings = { size: [9, 8], alignCorners: false, halfPixelCenters: true };
  expect(lower("ResizeNearestNeighbor", [{ shape: [2, 3, 4, 2], dtype: "float32" }], settings)).toBeDefined();
  await expectSame(() => tf.image.resizeNearestNeighbor(floats([2, 3, 4, 2]) as tf.Tensor4D, [9, 8], false, true));
});
