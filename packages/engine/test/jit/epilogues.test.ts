import { grad, normalTensor, ops, own, silu, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { engine } from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { expectFences, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear } from "./reference/compare.ts";

beforeAll(async () => {
  await startGuarded(2);
});

type Four = Parameters<typeof ops.conv2d>[1];

/** What follows a product: of its result y, a number per channel, one per row and channel, and a tensor like y. */
type Tail = (y: Tensor, bias: Tensor, perRow: Tensor, like: Tensor) => Tensor;
const tails: Readonly<Record<string, Tail>> = {
  bias: (y, bias) => ops.add(y, bias),
  "bias and silu": (y, bias) => silu(ops.add(y, bias)),
  "a product with itself": (y) => ops.mul(y, ops.relu(ops.sin(y))),
  "a residual": (y, bias, _perRow, like) => ops.add(ops.add(y, like), bias),
  "numbers per row": (y, bias, perRow) => ops.add(ops.add(y, perRow), bias),
  "a long tail": (y, bias, perRow, like) => {
    const a = ops.tanh(ops.add(ops.mul(y, 0.3), bias));
    const b = ops.sub(ops.mul(a, perRow), ops.div(like, ops.add(ops.square(a), 2)));
    return ops.clipByValue(ops.add(ops.mul(b, ops.sigmoid(y)), ops.exp(ops.neg(ops.abs(b)))), -3, 3);
  },
};

/** Products by all ways of the machine; some fill no vector, and some take several tasks across channels. */
const products: Readonly<Record<string, { shapes: readonly (readonly number[])[]; f: (a: Tensor, b: Tensor) => Tensor }>> = {
  "a product of matrices": { shapes: [[35, 20], [20, 30]], f: (a, b) => ops.matMul(a, b) },
  "a product of few rows, in blocks of columns": { shapes: [[3, 20], [20, 133]], f: (a, b) => ops.matMul(a, b) },
  "a batch of products": { shapes: [[4, 9, 5], [4, 5, 11]], f: (a, b) => ops.matMul(a, b) },
  "a batch with one matrix for all": { shapes: [[4, 9, 5], [5, 11]], f: (a, b) => ops.matMul(a, b) },
  "a transposed product": { shapes: [[20, 35], [30, 20]], f: (a, b) => ops.matMul(a, b, true, true) },
  "a 1x1 convolution": { shapes: [[2, 7, 7, 9], [1, 1, 9, 13]], f: (a, b) => ops.conv2d(a as Four, b as Four, 1, "same") },
  "F(4x4)": { shapes: [[2, 16, 15, 8], [3, 3, 8, 13]], f: (a, b) => ops.conv2d(a as Four, b as Four, 1, "same") },
  "F(4x4), in blocks of channels": { shapes: [[1, 9, 9, 8], [3, 3, 8, 44]], f: (a, b) => ops.conv2d(a as Four, b as Four, 1, "same") },
  "F(2x2)": { shapes: [[1, 6, 6, 8], [3, 3, 8, 13]], f: (a, b) => ops.conv2d(a as Four, b as Four, 1, "same") },
  "patches, stride 2": { shapes: [[2, 9, 8, 5], [3, 3, 5, 13]], f: (a, b) => ops.conv2d(a as Four, b as Four, 2, "same") },
  "patches, in blocks of channels": { shapes: [[1, 5, 5, 40], [5, 5, 40, 70]], f: (a, b) => ops.conv2d(a as Four, b as Four, 1, "same") },
}; // prettier-ignore

/** Gradients of a convolution by its input: dy and the filter. */
const inputGradients = {
  "stride 2, 3x3, same": { dy: [2, 4, 4, 3], filter: [3, 3, 8, 3], inputShape: [2, 8, 8, 8], strides: 2, pad: "same" },
  "stride 2, 3x3, of odd length": { dy: [2, 8, 5, 7], filter: [3, 3, 13, 7], inputShape: [2, 15, 9, 13], strides: 2, pad: "same" },
  "stride 3, 2x2: places without any term": { dy: [1, 3, 3, 4], filter: [2, 2, 5, 4], inputShape: [1, 8, 8, 5], strides: 3, pad: "valid" },
  "stride 2, many channels": { dy: [1, 4, 4, 40], filter: [3, 3, 70, 40], inputShape: [1, 8, 8, 70], strides: 2, pad: "same" },
  "stride 1, F(4x4)": { dy: [2, 16, 16, 8], filter: [3, 3, 13, 8], inputShape: [2, 16, 16, 13], strides: 1, pad: "same" },
  "stride 1, 5x5": { dy: [2, 6, 6, 8], filter: [5, 5, 13, 8], inputShape: [2, 6, 6, 13], strides: 1, pad: "same" },
} as const; // prettier-ignore

const check = (f: (a: Tensor, b: Tensor) => Tensor, shapes: readonly (readonly number[])[]): void => {
  const [a, b] = shapes.map((shape, i) => normalTensor(key(i), [...shape])) as [Tensor, Tensor];
  const y = f(a, b);
  const channels = y.shape.at(-1)!;
  const [bias, perRow, like] = [
    normalTensor(key(3), [channels]),
    normalTensor(key(4), [...y.shape.map((n, i) => (i === 0 ? n : 1)).slice(0, -1), channels]),
    normalTensor(key(5), y.shape),
  ];
  for (const [name, tail] of Object.entries(tails)) {
    const whole = (a: Tensor, b: Tensor, ...rest: readonly [Tensor, Tensor, Tensor]): Tensor => own(() => tail(f(a, b), ...rest)); // prettier-ignore
    const want = whole(a, b, bias, perRow, like);
    for (const fusion of [false, true]) {
      const recorded = jit(whole, { fusion });
      // of three calls with the same weights the last ones keep what is prepared from them
      for (let call = 0; call < 4; call++) {
        const got = recorded(a, b, bias, perRow, like);
        if (fusion) expectNear(got, want, 1e-5, name);
        else expectIdentical(got, want, name);
        got.dispose();
      }
    }
    want.dispose();
  }
  treeDispose([a, b, y, bias, perRow, like]);
  expectFences(ours().machine);
};

describe("what follows a product may be computed with it, and is the same", () => {
  test.each(Object.entries(products))("%s", (_, { shapes, f }) => check(f, shapes));

  test.each(Object.entries(inputGradients))("the gradient of a convolution by its input, %s", (_, each) => {
    const attrs = { ...each, strides: [each.strides, each.strides], dataFormat: "NHWC", dilations: 1 };
    check((dy, filter) => engine().runKernel("Conv2DBackpropInput", { dy, filter }, attrs as never), [each.dy, each.filter]); // prettier-ignore
  });

  test("in a gradient: of an activated convolution of stride 2 after another", () => {
    const shapes = [[2, 9, 9, 3], [3, 3, 3, 10], [3, 3, 10, 6]]; // prettier-ignore
    const tensors = shapes.map((shape, i) => normalTensor(key(10 + i), shape));
    const loss = ([x, v, w]: readonly Tensor[]): Tensor =>
      own(() => {
        const h = silu(ops.conv2d(x as Four, v as Four, 1, "same"));
        return ops.sum(ops.sin(silu(ops.conv2d(h as Four, w as Four, 2, "same"))));
      });
    const want = grad(loss)(tensors);
    const near = jit((all: readonly Tensor[]) => grad(loss)(all))(tensors);
    const same = jit((all: readonly Tensor[]) => grad(loss)(all), { fusion: false })(tensors);
    expectIdentical(same, want);
    expectNear(near, want, 1e-5);
    treeDispose([tensors, want, near, same]);
  });
});
