import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import {
  add,
  engine,
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
  tensor,
} from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { DeviceLostError, GpuError, OutOfMemoryError, ShaderError } from "../../src/index.ts";
import { deviceOf } from "../../src/webgpu/deviceOf.ts";
import { findGpu } from "../../src/webgpu/findGpu.ts";
import { guardBackend } from "../../src/webgpu/guardBackend.ts";
import { type Watch, watchDevice } from "../../src/webgpu/watchDevice.ts";

/** Makes tfjs's backend on a watched device the current one. */
const opened = async (): Promise<{ device: GPUDevice; watch: Watch; backend: WebGPUBackend }> => {
  const adapter = (await (await findGpu(false)).requestAdapter())!;
  const device = await deviceOf(adapter);
  const watch = watchDevice(device);
  const backend = guardBackend(new WebGPUBackend(device, adapter.info), device, watch);
  if (findBackendFactory("webgpu") !== null) removeBackend("webgpu");
  registerBackend("webgpu", () => backend);
  await setBackend("webgpu");
  return { device, watch, backend };
};
afterEach(() => removeBackend("webgpu"));

/** Numbers in the device's memory: those on the host would be read without it. */
const onDevice = () => {
  const x = tensor([1, 2, 3]);
  (engine().backend as WebGPUBackend).uploadToGPU(x.dataId);
  return x;
};
const caught = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (error) {
    return error;
  }
};
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

test("what is well is read as ever", async () => {
  const { watch } = await opened();
  expect([...(await add(onDevice(), 1).data())]).toEqual([2, 3, 4]);
  expect(watch.failure()).toBeUndefined();
});

test("a lost device rejects reads under way, and every use of its backend after it; disposing of tensors works", async () => {
  const { device, watch } = await opened();
  const x = onDevice();
  const tensors = engine().state.numTensors;
  const pending = rejection(x.data());
  device.destroy();
  const lost = await pending;
  expect(lost).toBeInstanceOf(DeviceLostError);
  expect(lost).toMatchObject({
    reason: "destroyed",
    message: expect.stringMatching(/start again.*checkpoint/) as string,
  });
  expect(watch.failure()).toBe(lost);
  for (const use of [() => add(x, 1), () => x.dataSync(), () => tensor([1])]) expect(caught(use)).toBe(lost);
  expect(await rejection(x.data())).toBe(lost);
  x.dispose();
  expect(engine().state.numTensors).toBe(tensors - 1);
});

test("disposing of the backend gives up its device", async () => {
  const { device, backend } = await opened();
  backend.dispose();
  expect(await device.lost).toMatchObject({ reason: "destroyed" });
});

test("a command that is not valid fails reads after it", async () => {
  const { device } = await opened();
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: 4, buffer: { type: "storage" } }],
  });
  const x = onDevice();
  device.createBindGroup({ layout, entries: [] });
  const error = await rejection(x.data());
  expect(error).toBeInstanceOf(GpuError);
  expect(error).toMatchObject({ kind: "validation", message: expect.stringContaining("entries") as string });
});

test("a shader that does not compile fails reads after it with the op's name and the line", async () => {
  const { device } = await opened();
  const x = onDevice();
  const module = device.createShaderModule({ label: "Softmax", code: "fn a() {}\nfn main() { let x = ; }" });
  device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const error = await rejection(x.data());
  expect(error).toBeInstanceOf(ShaderError);
  expect(error).toMatchObject({ op: "Softmax", line: 2, message: expect.stringContaining("let") as string });
});

test("a shader that lacks its entry point is a ShaderError too, made at once or later", async () => {
  const { device } = await opened();
  const x = onDevice();
  const module = device.createShaderModule({ code: "@compute @workgroup_size(1) fn main() {}" });
  const descriptor = { label: "Tanh", layout: "auto", compute: { module, entryPoint: "other" } } as const;
  const later = await rejection(device.createComputePipelineAsync(descriptor));
  expect(later).toBeInstanceOf(ShaderError);
  expect([...(await x.data())]).toEqual([1, 2, 3]); // whoever waits for a pipeline is told
  x.dispose();
  const y = onDevice();
  device.createComputePipeline(descriptor);
  for (const error of [later, await rejection(y.data())]) expect(error).toMatchObject({ op: "Tanh" });
});

test("an attempt keeps its errors to itself", async () => {
  const { device, watch } = await opened();
  const attempts = ["Exp", "Log"].map((label) =>
    watch.attempt(() => void device.createShaderModule({ label, code: label === "Exp" ? "no" : "" })),
  );
  const [bad, good] = await Promise.all(attempts);
  expect(bad).toMatchObject({ name: "ShaderError", op: "Exp" });
  expect(good).toBeUndefined();
  expect([...(await onDevice().data())]).toEqual([1, 2, 3]);
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: 4, buffer: { type: "storage" } }],
  });
  const other = await watch.attempt(() => void device.createBindGroup({ layout, entries: [] }));
  expect(other).toMatchObject({ name: "GpuError", kind: "validation" });
  expect(watch.failure()).toBeUndefined();
});

test("a buffer beyond the adapter's limit is an error at once that says what it holds, and harms nothing", async () => {
  const { device } = await opened();
  const size = device.limits.maxBufferSize + 4;
  const error = caught(() => device.createBuffer({ label: "a picture", size, usage: GPUBufferUsage.STORAGE }));
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error).toMatchObject({ backend: "webgpu", wanted: "a picture", bytes: size, inUse: 0 });
  expect((error as Error).message).toMatch(/this GPU has \d+ MiB at most for one buffer; lower the batch size/);
  expect([...(await onDevice().data())]).toEqual([1, 2, 3]);
});

/** Limits the process's memory to so many bytes more than it has; SwiftShader's buffers are a part of it. */
const limitMemory = (more: number): void => {
  const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]);
  setLimit(String(4096 * pages + more));
};
/** The soft limit alone, which may be lifted again. */
const setLimit = (bytes: string): boolean =>
  spawnSync("prlimit", ["--pid", `${process.pid}`, `--as=${bytes}:`]).status === 0;
const canLimit =
  process.platform === "linux" &&
  (await (await findGpu(false)).requestAdapter())!.info.architecture === "swiftshader" &&
  setLimit("unlimited");

test.skipIf(!canLimit)(
  `memory that runs out fails reads after it, and says what was wanted${canLimit ? "" : " (skipped: needs SwiftShader and prlimit)"}`,
  async () => {
    const { device } = await opened();
    const size = 2 ** 29;
    const made = (label: string): GPUBuffer => device.createBuffer({ label, size, usage: GPUBufferUsage.STORAGE });
    const x = onDevice();
    limitMemory(1.5 * size);
    const error = await (async () => {
      try {
        made("the first");
        made("the second");
        return await rejection(x.data());
      } finally {
        setLimit("unlimited");
      }
    })();
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error).toMatchObject({ wanted: "the second", bytes: size, inUse: size + 2 * 12 });
    expect((error as Error).message).toMatch(/memory is full; call start again.*lower the batch size/);
  },
);
