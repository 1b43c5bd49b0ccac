import { normalTensor, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { cumsum, memory } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { jit, OutOfMemoryError } from "../../src/index.ts";
import { outline } from "../../src/jit/outline.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { bytesOf, numbersOf, taken } from "./reference/guardedGpu.ts";
import { expectNumbersNear, numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

const warn = vi.spyOn(console, "warn");
beforeEach(() => void warn.mockReset().mockReturnValue(undefined));

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors - before, "tensors left over").toBe(0);
});

const caught = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (error) {
    return error;
  }
};

describe("what is too large for a device is an error that says what, and what to do, and harms nothing", () => {
  const kib = 1024;
  const [binding, buffer] = [64 * kib, 128 * kib];
  let gpu: Gpu;
  beforeEach(async () => {
    gpu = await startGpu({ maxStorageBufferBindingSize: binding, maxBufferSize: buffer });
    before = memory().numTensors;
  });
  const n = binding / 4;

  const cases: readonly (readonly [string, RegExp, (x: Tensor) => Tensor | Tensor[]])[] = [
    ["a tensor that no shader sees whole", /a float32 tensor \[16385\].*sees 0 MiB of a tensor at most/, (x) => ops.neg(ops.sin(ops.tile(x, [n + 1])))],
    ["results that no buffer holds", /the results of a recorded function.*0 MiB at most/, (x) => [1, 2, 3].map((i) => ops.mul(ops.tile(x, [n]), i))],
    ["what lies about on the way", /what a recorded function computes on its way/, (x) => {
      const large = [1, 2, 3, 4].map((i) => ops.softmax(ops.mul(ops.tile(x, [n]), i)));
      return ops.sum(ops.concat(large.map((y) => ops.sum(ops.mul(y, large[0]!), 0, true))));
    }],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, message, f) => {
    const x = ops.tensor1d([2]);
    const small = jit((y: Tensor) => ops.add(y, 1));
    treeDispose(small(x));
    const bytes = bytesOf(gpu);
    for (let i = 0; i < 2; i++) {
      const error = caught(() => jit(f)(x));
      expect(error).toBeInstanceOf(OutOfMemoryError);
      expect(error).toMatchObject({ backend: "webgpu", name: "OutOfMemoryError" });
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toMatch(/lower the batch size or the image size, or dispose of tensors/);
    }
    expect(bytesOf(gpu)).toEqual(bytes);
    expect(await taken(small(x), x)).toEqual([[3], [2]]);
    expect(warn).not.toHaveBeenCalled();
  });

  test("kernels outside of recorded functions as well", () => {
    const x = ops.fill([n + 1], 2);
    expect(caught(() => ops.sin(x))).toBeInstanceOf(OutOfMemoryError);
    x.dispose();
  });

  test("many tensors that together are larger than a shader sees are seen some at a time", async () => {
    const leaves = Array.from({ length: 9 }, (_, i) => normalTensor(key(i), [2000 + i]));
    const f = jit((xs: readonly Tensor[]) => xs.map((x) => ops.mul(x, 2)));
    const norm = jit((xs: readonly Tensor[]) => ops.addN([...xs, ...xs].map((x) => ops.sum(ops.square(x)))));
    const made = f(leaves);
    const again = f(made); // all in one buffer of more bytes than a binding may have
    const [numbers, doubled] = [await numbersOf(...leaves), await numbersOf(...again)];
    doubled.forEach((each, leaf) => each.forEach((v, i) => expect(v).toBe(4 * numbers[leaf]![i]!)));
    const total = 2 * numbers.flat().reduce((sum, v) => sum + v ** 2, 0);
    const [[got]] = (await taken(norm(leaves))) as [[number]];
    expect(got / total).toBeCloseTo(1, 5);
    treeDispose([leaves, made, again]);
  });
});

describe("a function of which joined kernels go beyond the device's limits", () => {
  test("is computed without joining them", async () => {
    const gpu = await startGpu({ maxStorageBuffersPerShaderStage: 11 });
    before = memory().numTensors;
    const folded = ops.tensor([0.25, 0.5, 1]);
    const f = (xs: readonly Tensor[]): Tensor =>
      own(() =>
        ops.add(
          xs.reduce((a, b) => ops.mul(ops.add(a, b), 0.5)),
          ops.sin(folded),
        ),
      );
    const xs = Array.from({ length: 8 }, (_, i) => normalTensor(key(i), [2, 3]));
    for (const x of xs) gpu.uploadToGPU(x.dataId); // each has a buffer of its own
    expect(outline(f, xs).nodes).toBe(1);
    // passes still join ten buffers
    (gpu.device as { limits: unknown }).limits = new Proxy(gpu.device.limits, {
      get: (limits, name: keyof GPUSupportedLimits) => (name === "maxStorageBuffersPerShaderStage" ? 8 : limits[name]),
    });
    expect(outline(f, xs).nodes).toBe(15);
    const [want, got] = [f(xs), jit(f)(xs)];
    /** The data that a program keeps: its constants, those that were folded among them. */
    const keptBy = (call: () => Tensor): number => {
      const before = gpu.numDataIds();
      call().dispose();
      return gpu.numDataIds() - before;
    };
    const [twice, once] = [jit(f), jit(f, { fusion: false })];
    expect(keptBy(() => twice(xs))).toBe(keptBy(() => once(xs)));
    expectNumbersNear(await numbersOnHost(got), await numbersOnHost(want), 1e-6);
    treeDispose([xs, want, got, folded]);
    expect(warn).not.toHaveBeenCalled();
  });
});

test.each([7, 8, 10, 12, 13])("a sum of %d tensors needs no more buffers than any device has", async (count) => {
  await startGpu({ maxStorageBuffersPerShaderStage: 8 });
  before = memory().numTensors;
  const sum = (xs: readonly Tensor[]): Tensor => ops.addN([...xs]);
  const xs = Array.from({ length: count }, (_, i) => ops.tensor([i, 1, 2 * i]));
  const want = [(count * (count - 1)) / 2, count, count * (count - 1)];
  expect(await taken(sum(xs), jit(sum)(xs), jit(sum, { fusion: false })(xs))).toEqual([want, want, want]);
  treeDispose(xs);
});

describe("a function with a kernel that has no shader", () => {
  test("is called as it is, with one warning for all its shapes", async () => {
    await startGpu();
    before = memory().numTensors;
    let count = 0;
    const f = jit((x: Tensor, y: Tensor) => {
      count++;
      return own(() => ops.add(cumsum(x), y));
    });
    const [x, y, short] = [ops.tensor1d([1, 2, 3]), ops.scalar(10), ops.tensor1d([1, 2])];
    for (let i = 0; i < 3; i++) expect(await taken(f(x, y), f(short, y))).toEqual([[11, 13, 16], [11, 13]]); // prettier-ignore
    expect(count).toBe(2 + 6); // recorded once for each shape, in vain
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/nothing computes Cumsum.*kernel by kernel/)]]);
    treeDispose([x, y, short]);
  });

  test("owns its results, and leaves nothing else", async () => {
    await startGpu();
    before = memory().numTensors;
    const f = jit((x: Tensor) => [ops.mul(ops.neg(cumsum(x)), 2), x]);
    const x = ops.tensor1d([1, 2, 3]);
    for (let i = 0; i < 2; i++) {
      expect(await taken(...f(x))).toEqual([[-2, -6, -12], [1, 2, 3]]); // prettier-ignore
      expect(memory().numTensors - before).toBe(1);
    }
    expect(await taken(x)).toEqual([[1, 2, 3]]);
  });

  test("may be part of another one, or of a derivative", async () => {
    await startGpu();
    before = memory().numTensors;
    const inner = jit((x: Tensor) => own(() => ops.mul(cumsum(x), 2)));
    const outer = jit((x: Tensor) => own(() => ops.neg(inner(x))));
    const x = ops.tensor1d([1, 2, 3]);
    expect(await taken(outer(x), outer(x), inner(x), x)).toEqual([[-2, -6, -12], [-2, -6, -12], [2, 6, 12], [1, 2, 3]]); // prettier-ignore
  });
});
