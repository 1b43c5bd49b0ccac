import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { start } from "../../src/index.ts";
import { expectSame, expectSameRecorded, floats, truths, whole } from "./onBoth.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await start({ backend: "nonmarkov" });
});

type Compute = () => tf.Tensor | readonly tf.Tensor[];
const indices = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");
const images = (...shape: [number, number, number, number]): tf.Tensor4D => floats(shape) as tf.Tensor4D;
const filter = (...shape: [number, number, number, number]): tf.Tensor4D => floats(shape, 2) as tf.Tensor4D;

/** Ops that the machine has no commands for, or not for these types: tfjs's kernels compute them in its memory. */
const left: Readonly<Record<string, Compute>> = {
  gather: () => tf.gather(floats([4, 3]), indices(3, 1, 1)),
  "gather of truth values along another axis": () => tf.gather(truths([4, 3]), indices(2, 0, 0), 1),
  gatherND: () => tf.gatherND(floats([4, 3]), tf.tensor2d([[2, 1]], [1, 2], "int32")),
  oneHot: () => tf.oneHot(indices(2, 0, -1), 3),
  cumsum: () => [tf.cumsum(floats([3, 4]), 0, true, true), tf.cumprod(floats([3, 4]), 1)],
  topk: () => {
    const { values, indices: at } = tf.topk(floats([3, 7]), 2);
    return [values, at];
  },
  "argMax and argMin": () => [tf.argMax(floats([3, 4]), 1), tf.argMin(floats([3, 4]))],
  where: () => tf.where(truths([3, 4]), floats([3, 4]), floats([3, 4], 2)),
  "where of whole numbers, broadcast": () => tf.where(truths([3, 1]), whole([3, 4]), whole([1, 4], 2)),
  scatterND: () => tf.scatterND(tf.tensor2d([[2], [0]], [2, 1], "int32"), floats([2, 3]), [4, 3]),
  unsortedSegmentSum: () => tf.unsortedSegmentSum(floats([4, 2]), indices(0, 2, 0, 1), 3),
  stridedSlice: () => tf.stridedSlice(floats([5, 6]), [4, 0], [0, 6], [-2, 3]),
  mirrorPad: () => tf.mirrorPad(floats([3, 4]), [[1, 1], [2, 1]], "reflect"), // prettier-ignore
  "range and linspace": () => [tf.range(0, 10, 3), tf.range(0, 10, 3, "int32"), tf.linspace(0, 1, 7)],
  comparisons: () =>
    [tf.equal, tf.notEqual, tf.greater, tf.greaterEqual, tf.less, tf.lessEqual].map((f) => f(whole([3, 4]), whole([4], 2))), // prettier-ignore
  logic: () => [tf.logicalAnd(truths([3, 4]), truths([4], 3)), tf.logicalNot(truths([3])), tf.any(truths([3, 4]), 1)],
  "functions of one number": () =>
    [tf.atan, tf.sinh, tf.elu, tf.selu, tf.leakyRelu, tf.isNaN, tf.relu6].map((f) => f(floats([3, 4]))),
  "functions of two numbers": () =>
    [tf.mod, tf.floorDiv, tf.atan2, tf.prelu].map((f) => f(floats([3, 4]), floats([4], 2))),
  "logSoftmax, logSumExp, prod": () => [tf.logSoftmax(floats([3, 4])), tf.logSumExp(floats([3, 4])), tf.prod(floats([3, 4]), 1)], // prettier-ignore
  batchNorm: () => tf.batchNorm(floats([2, 3, 4]), tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([1, 2, 3, 4])),
  "pooling with padding": () => [tf.maxPool(images(2, 5, 6, 3), 3, 2, "same"), tf.avgPool(images(2, 5, 6, 3), 3, 2, "same")], // prettier-ignore
  "pooling with indices": () => {
    const { result, indexes } = tf.maxPoolWithArgmax(images(2, 6, 6, 3), 2, 2, "valid");
    return [result!, tf.add(indexes!, indices(1))];
  },
  "sums of many": () => [tf.addN([whole([3]), whole([3], 2)]), tf.concat([truths([2, 3]), truths([1, 3])])],
  "other convolutions": () => [
    tf.depthwiseConv2d(images(2, 7, 6, 3), filter(3, 3, 3, 2), 1, "same"),
    tf.conv2d(images(2, 3, 5, 6), filter(3, 3, 3, 4), 1, "valid", "NCHW"),
    tf.conv2dTranspose(images(2, 3, 3, 4), filter(3, 3, 5, 4), [2, 6, 6, 5], 2, "same"),
  ],
  "a fused convolution with prelu": () =>
    tf.fused.conv2d({
      ...{
        x: images(2, 5, 6, 3),
        filter: filter(3, 3, 3, 4),
        strides: 1,
        pad: "same",
        bias: tf.tensor1d([1, 2, 3, 4]),
      },
      ...{ activation: "prelu", preluActivationWeights: tf.tensor1d([0.1, 0.2, 0.3, 0.4]) },
    }),
  "resizing and cropping": () => [
    tf.image.resizeBilinear(images(1, 3, 4, 2), [6, 5]),
    tf.image.resizeNearestNeighbor(images(1, 3, 4, 2), [5, 7], true),
    tf.image.cropAndResize(images(1, 6, 6, 2), tf.tensor2d([[0, 0, 0.5, 0.7]]), indices(0), [3, 3]),
  ],
  "space to batch and back": () => tf.batchToSpaceND(tf.spaceToBatchND(floats([1, 4, 4, 1]), [2, 2], [[0, 0], [0, 0]]), [2, 2], [[0, 0], [0, 0]]), // prettier-ignore
  "random draws with a seed": () => tf.multinomial(tf.tensor1d([0.3, 0.4, 0.3]), 5, 3),
  "complex numbers": () => {
    const [a, b] = [tf.complex(floats([4]), floats([4], 2)), tf.complex(floats([4], 3), floats([4], 4))];
    return [tf.real(tf.mul(a, b)), tf.imag(tf.add(a, b)), tf.abs(a), tf.real(tf.fft(a))];
  },
  strings: () => tf.concat([tf.tensor(["a", "bc"]), tf.tensor(["d"])]),
};

describe("an op that is left to tfjs's kernels gives what it gives on the cpu backend", () => {
  test.each(Object.keys(left))("%s", (name) => expectSame(left[name]!));
});

describe("recorded, it gives what it gives at once", () => {
  const without = ["complex numbers", "strings"]; // cannot be recorded
  test.each(Object.keys(left).filter((name) => !without.includes(name)))("%s", (name) =>
    expectSameRecorded(left[name]!),
  );
});

const types = { floats, whole, truths };

/** Ops that the machine computes for float32 numbers, and moves that it computes for words. */
const typed: Readonly<Record<string, (make: typeof floats) => tf.Tensor | readonly tf.Tensor[]>> = {
  "sums and products": (make) =>
    [tf.add, tf.sub, tf.mul, tf.maximum, tf.minimum].map((f) => f(make([3, 4]), make([4], 2))),
  "a sum with float32 numbers": (make) => tf.add(make([3, 4]), floats([4])),
  "functions of one number": (make) => [tf.abs, tf.neg, tf.square, tf.sign, tf.exp].map((f) => f(make([3, 4]))),
  reductions: (make) => [tf.sum(make([2, 3, 4]), [0, 2]), tf.mean(make([3, 4]), 0), tf.max(make([3, 4]), 1)],
  "a product": (make) => tf.matMul(make([3, 4]), make([4, 5], 2)),
  moves: (make) => [
    tf.transpose(make([2, 3, 4]), [2, 0, 1]),
    tf.reverse(make([3, 4]), 1),
    tf.slice(make([4, 6]), [1, 2], [2, 3]),
    tf.tile(make([2, 3]), [2, 3]),
    tf.concat([make([2, 3]), make([1, 3], 2)]),
    tf.stack([make([2, 3]), make([2, 3], 2)], 1),
    ...tf.unstack(make([2, 3]), 1),
    ...tf.split(make([4, 6]), [1, 2, 3], 1),
    tf.pad(make([2, 3]), [[1, 2], [0, 1]], 1),
  ], // prettier-ignore
  "zeros and ones": (make) => [tf.zerosLike(make([2, 3])), tf.onesLike(make([2, 3]))],
  casts: (make) => (["float32", "int32", "bool"] as const).map((dtype) => tf.cast(make([3, 4]), dtype)),
};

describe.each(Object.entries(types))("%s give what they give on the cpu backend", (_, make) => {
  test.each(Object.keys(typed))("%s", (name) => expectSame(() => typed[name]!(make)));
  test.each(Object.keys(typed))("%s, recorded", (name) => expectSameRecorded(() => typed[name]!(make)));
});

describe("tensors without numbers give what they give on the cpu backend", () => {
  const none = (): tf.Tensor2D => tf.zeros([0, 3]);
  test.each<[string, Compute]>([
    ["elementwise", () => [tf.add(none(), 1), tf.exp(none()), tf.maximum(none(), floats([3]))]],
    ["reductions", () => [tf.sum(none(), 0), tf.sum(none()), tf.mean(none(), 1)]],
    ["products", () => [tf.matMul(none(), floats([3, 2])), tf.matMul(tf.zeros([2, 0]), none())]],
    ["moves", () => [tf.concat([none(), floats([2, 3])]), tf.transpose(none()), tf.slice(floats([4, 3]), [1, 0], [0, 3])]], // prettier-ignore
    ["fill", () => [tf.fill([0, 2], 1), tf.onesLike(none())]],
  ])("%s", (_, compute) => expectSame(compute));
});

describe("what is not a number stays so, as on the cpu backend", () => {
  const odd = (): tf.Tensor => tf.tensor([NaN, Infinity, -Infinity, 0, -1]);
  test.each<[string, Compute]>([
    ["extremes", () => [tf.max(odd()), tf.min(odd()), tf.maximum(odd(), 1), tf.minimum(odd(), 1)]],
    ["relu, clip and step", () => [tf.relu(odd()), tf.clipByValue(odd(), -1, 1), tf.step(odd(), 0.3)]],
    ["sums", () => [tf.sum(odd()), tf.mean(odd()), tf.softmax(tf.tensor([1e30, -1e30, 0]))]],
  ])("%s", (_, compute) => expectSame(compute));
});
