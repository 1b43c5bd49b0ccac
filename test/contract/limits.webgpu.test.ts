import { groupNorm, normalTensor, ops, type Tensor, type Tree, treeDispose } from "@nonmarkov/autodiff";
import { GpuError, jit, OutOfMemoryError } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { memory, tidy } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { startGpu } from "../../packages/engine/test/webgpu/reference/startGpu.ts";
import { largeShape, ofLarge } from "./cases/large.ts";

/** WebGPU's defaults, which any adapter has. */
const defaults = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 };
const [rows, columns] = largeShape;

/** 129 MiB of zeros, on the host until a kernel wants them. */
const large = (): Tensor => ops.zeros([rows, columns]);
const row = (): Tensor => ops.ones([1, columns]);

const caught = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (error) {
    return error;
  }
};
const advice = /sees 128 MiB of a tensor at most; lower the batch size or the image size, or dispose of tensors$/;

const expectHealthy = async (): Promise<void> => {
  const [x, f] = [ops.tensor1d([1, 2, 3]), jit((y: Tensor) => ops.add(ops.square(y), 1))];
  const results = [f(x), ops.add(x, 1)];
  expect(await Promise.all(results.map(async (y) => [...(await y.data())]))).toEqual([[2, 5, 10], [2, 3, 4]]); // prettier-ignore
  treeDispose([x, ...results]);
};

describe("beyond the 128 MiB that every adapter binds", () => {
  beforeAll(() => startGpu(defaults));
  let before = memory().numTensors;
  afterEach(() => {
    expect(memory().numTensors - before, "tensors left over").toBe(0);
    before = memory().numTensors;
  });

  const recorded: Readonly<Record<string, readonly [inputs: () => readonly Tensor[], f: (...xs: Tensor[]) => Tree]>> = {
    "is given": [() => [large()], (x) => ops.sum(ops.mul(x!, 2), 1)],
    "is a result": [() => [row()], (x) => ops.tile(x!, [rows, 1])],
    "lies on the way": [() => [row()], (x) => ops.sum(ops.softmax(ops.exp(ops.tile(x!, [rows, 1]))), 0)],
    "is a product": [
      () => [ops.ones([8192, 3]), ops.ones([3, 4128])],
      (a, b) => ops.sum(ops.softmax(ops.matMul(a!, b!)), 0),
    ],
    "is noise": [() => [], () => ops.mean(normalTensor(key(1), [rows, columns]))],
  };
  test.each(Object.entries(recorded))("a recorded function whose tensor %s is refused with advice", async (_, [inputs, f]) => {
    const xs = inputs();
    const error = caught(() => jit((given: readonly Tensor[]) => f(...given))(xs));
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect((error as Error).message).toMatch(advice);
    expect((error as Error).message).toMatch(/tensor \[\d+, \d+\] \(1\d\d MiB\)/);
    treeDispose([...xs]);
    await expectHealthy();
  }); // prettier-ignore

  const own: Readonly<Record<string, (x: Tensor) => unknown>> = {
    Sin: (x) => ops.sin(x),
    Erf: (x) => ops.erf(x),
    GroupNorm: (x) => groupNorm(x, ops.ones([columns]), ops.zeros([columns]), { groups: 1 }),
    Noise: () => normalTensor(key(1), [rows, columns]),
  };
  test.each(Object.entries(own))("our kernel %s outside of recorded functions is refused with advice", async (_, f) => {
    const error = caught(() => tidy(() => void f(large())));
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect((error as Error).message).toMatch(advice);
    await expectHealthy();
  });

  test("a tensor of 128 MiB to the byte is computed right", async () => {
    const x = ops.fill([2 ** 15, 2 ** 10], 3);
    const { y, sums } = jit((given: Tensor) => ofLarge(given))(x);
    const last = ops.slice(y, [2 ** 15 - 1, 2 ** 10 - 3], [1, 3]);
    expect([...(await last.data())]).toEqual([15, 15, 15]);
    expect(new Set(await sums[0]!.data())).toEqual(new Set([15 * 2 ** 10]));
    treeDispose([x, y, last, ...sums]);
  });
});

describe("kernels of tfjs's own on more than the 128 MiB that every adapter binds", () => {
  const kernels: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    "one by one": (x) => ops.add(x, 1),
    "that sum": (x) => ops.sum(x, 1),
    "that move": (x) => ops.slice(x, [rows - 1, 0], [1, 3]),
    "that make": () => ops.slice(ops.tile(row(), [rows, 1]), [rows - 1, 0], [1, 3]),
  };
  test.each(Object.entries(kernels))("%s are an error with advice when their numbers are read", async (_, f) => {
    await startGpu(defaults);
    const y = tidy(() => f(large()));
    const error = await y.data().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GpuError);
    expect((error as Error).message).toMatch(/134217728.*nothing computed since is to be trusted; call start again/);
    y.dispose();
    await startGpu(defaults);
    await expectHealthy();
  });

  test("that make what no buffer holds are refused at once", async () => {
    await startGpu(defaults);
    const error = caught(() => tidy(() => void ops.fill([2 ** 18, 257], 2)));
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect((error as Error).message).toMatch(/257 MiB.*256 MiB at most for one buffer; lower the batch size/);
  });
});
