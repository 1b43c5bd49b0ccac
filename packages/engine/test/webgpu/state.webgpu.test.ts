import { ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { add, setBackend, tensor } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { bytesOf, expectNothingLeft, numbersOf, taken } from "./reference/guardedGpu.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
beforeAll(async () => {
  await start({ backend: "cpu" });
  gpu = await startGpu();
});
expectNothingLeft();

describe("a recorded function knows where its arguments are", () => {
  test("after a call that failed half-way", async () => {
    const used = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const f = jit((a: Tensor, b: Tensor) => ops.add(a, b));
    const gone = own(() => ops.fill([1], 3));
    const [small, large, wrong] = [ops.tensor([1]), ops.tensor([10]), ops.tensor([500])];
    const left = used(gone);
    const first = f(small, large);
    expect(() => f(wrong, gone)).toThrow();
    expect(await taken(first, f(small, large))).toEqual([[11], [11]]);
    treeDispose([gone, left, small, large, wrong]);
  });

  test("after one has been on another backend", async () => {
    const double = jit((x: Tensor) => ops.mul(x, 2));
    const make = jit((x: Tensor) => ops.add(x, 5));
    const zero = ops.zeros([100]);
    const x = make(zero);
    treeDispose(double(x));
    await x.data();
    await setBackend("cpu");
    add(x as never, 0).dispose();
    await setBackend("webgpu");
    const others = Array.from({ length: 4 }, () => jit((y: Tensor) => ops.sub(y, 9990))(zero));
    expect((await taken(double(x)))[0]![5]).toBe(10);
    treeDispose([zero, x, others]);
  });
});

test("results may be taken as buffers of the device", async () => {
  const [x] = [ops.tensor([1, 2, 3])];
  const y = jit((z: Tensor) => [ops.mul(z, 2), ops.neg(z)])(x);
  const { buffer, tensorRef } = y[0]!.dataToGPU();
  expect(buffer!.size).toBeGreaterThanOrEqual(12);
  expect(await numbersOf(...y)).toEqual([[2, 4, 6], [-1, -2, -3]]); // prettier-ignore
  tensorRef.dispose();
  treeDispose([x, y]);
});

test("who keeps a number does not keep the large results beside it", async () => {
  const f = jit((x: Tensor) => own(() => [ops.sum(x), ops.mul(x, 2)]));
  const x = own(() => ops.fill([10_000], 1));
  const kept: Tensor[] = [];
  const [before] = bytesOf(gpu);
  for (let i = 0; i < 20; i++) {
    const [total, large] = f(x) as [Tensor, Tensor];
    large.dispose();
    kept.push(total);
  }
  expect(bytesOf(gpu)[0] - before).toBeLessThan(2 * 40_000);
  expect((await taken(...kept)).flat()).toEqual(kept.map(() => 10_000));
  x.dispose();
});

test("what has been overwritten stays so, also when a read of it ends later", async () => {
  const negate = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
  const make = jit((x: Tensor) => ops.add(x, 1));
  const one = ops.tensor([1, 1, 1, 1]);
  const x = make(one);
  const reading = x.data();
  const y = negate(x);
  await reading.catch(() => undefined);
  expect(() => negate(x)).toThrow(/given to a recorded function to overwrite/);
  expect(await taken(y)).toEqual([[-2, -2, -2, -2]]);
  treeDispose([one, x]);
});

test("parameters are moved together once, and what comes with them later does not move them again", async () => {
  const scale = jit((xs: readonly Tensor[]) => own(() => xs.map((x) => ops.mul(x, 0.5))));
  const params = Array.from({ length: 12 }, (_, i) => own(() => ops.fill([3 + i], i)));
  const fresh = () => Array.from({ length: 5 }, (_, i) => own(() => ops.fill([20 + i], 1)));
  const moves: number[] = [];
  for (let step = 0; step < 3; step++) {
    const others = fresh();
    const before = gpu.relocations();
    const made = scale([...params, ...others]);
    moves.push(gpu.relocations() - before);
    expect((await numbersOf(...made)).map(([v]) => v)).toEqual([...params.map((_, i) => i / 2), 0.5, 0.5, 0.5, 0.5, 0.5]);
    treeDispose([others, made]);
  }
  expect(moves.slice(1)).toEqual([5, 5]);
  treeDispose(params);
}); // prettier-ignore

test("a buffer of the caller's own stays the tensor's", async () => {
  const { device } = gpu;
  const buffers = Array.from({ length: 6 }, () => device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })); // prettier-ignore
  const write = (v: number): void => {
    for (const buffer of buffers) device.queue.writeBuffer(buffer, 0, new Float32Array(4).fill(v));
  };
  const xs = buffers.map((buffer) => tensor({ buffer, zeroCopy: true } as never, [4], "float32") as Tensor);
  const double = jit((all: readonly Tensor[]) => own(() => all.map((x) => ops.mul(x, 2))));
  for (const v of [1, 8]) {
    write(v);
    const made = double(xs);
    expect((await numbersOf(...made)).flat()).toEqual(new Array(24).fill(2 * v));
    treeDispose(made);
  }
  treeDispose(xs);
  for (const buffer of buffers) buffer.destroy();
});

test("several tensors in one buffer of the caller's own are seen by one shader", async () => {
  const { device } = gpu;
  const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST }); // prettier-ignore
  device.queue.writeBuffer(buffer, 0, Float32Array.of(1, 2, 3, 4));
  const xs = [1, 2, 3].map(() => tensor({ buffer, zeroCopy: true } as never, [4], "float32") as Tensor);
  const f = jit((a: Tensor, b: Tensor, c: Tensor) => own(() => ops.add(ops.mul(a, b), c)));
  for (let again = 0; again < 2; again++) {
    expect(await taken(f(xs[0]!, xs[1]!, xs[2]!), f(xs[0]!, xs[0]!, xs[1]!))).toEqual([[2, 6, 12, 20], [2, 6, 12, 20]]); // prettier-ignore
  }
  treeDispose(xs);
  buffer.destroy();
});
