import { normalTensor, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { beforeAll, expect, test } from "vitest";
import { explain } from "../../src/index.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { timePasses } from "../../src/webgpu/timePasses.ts";
import { bytesOf, expectNothingLeft } from "./reference/guardedGpu.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await startGpu();
});
expectNothingLeft();

const f = (x: Tensor, ws: readonly Tensor[]): Tensor[] =>
  own(() => ws.map((w, i) => ops.softmax(ops.relu(ops.matMul(i === 0 ? ops.sin(x) : x, w)))));
const given = (): [Tensor, Tensor[]] => [
  normalTensor(key(1), [40, 30]),
  [1, 2, 3].map((i) => normalTensor(key(i), [30, 20 + i])),
];

test("every node of a recorded function has its time, by the device's clock where it has one", async () => {
  const [x, ws] = given();
  gpu.flush();
  const bytes = bytesOf(gpu);
  const { nodes, seconds, text, flops } = await explain(f, x, ws);
  expect(nodes.length).toBeGreaterThanOrEqual(5);
  for (const node of nodes) {
    expect(node.seconds).toBeGreaterThanOrEqual(0);
    expect(node.seconds).toBeLessThan(10);
  }
  const hasClock = gpu.device.features.has("timestamp-query");
  expect(seconds > 0).toBe(hasClock);
  expect(flops).toBeGreaterThanOrEqual(2 * 40 * 30 * (21 + 22 + 23));
  expect(text).toMatch(/\d+ kernels recorded, \d+ after fusion, \d+ commands/);
  expect(bytesOf(gpu)[0]).toBe(bytes[0]);
  treeDispose([x, ws]);
});

test("dispatches are timed one by one, however many there are, and not on a device without a clock", async () => {
  const { device } = gpu;
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "storage" } }],
  });
  const code = `@group(0) @binding(0) var<storage, read_write> x : array<f32>;
    @compute @workgroup_size(1) fn main() { x[0] += 1.0; }`;
  const pipeline = device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
  });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ size: 16, usage });
  const bindGroup = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] });
  const count = 2100; // time stamps for more than one query set
  const without = new Proxy(device, {
    get: (it, name: keyof GPUDevice) => {
      if (name === "features") return new Set();
      const value: unknown = it[name];
      return typeof value === "function" ? (value.bind(it) as unknown) : value;
    },
  });
  for (const on of [device, without]) {
    const timed = timePasses(on);
    const encoder = device.createCommandEncoder();
    const call = (step: number) => ({ pipeline, bindGroup, groups: [1, 1, 1] as const, step });
    timed.encode(encoder, [Array.from({ length: count - 1 }, (_, i) => call(i)), [], [call(count - 1)]]);
    device.queue.submit([encoder.finish()]);
    const times = await timed.times();
    expect(times.map(({ step }) => step)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(times.every(({ seconds }) => seconds >= 0 && seconds < 1)).toBe(true);
    expect(times.some(({ seconds }) => seconds > 0)).toBe(on.features.has("timestamp-query"));
  }
  const staging = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 16);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  expect(new Float32Array(staging.getMappedRange())[0]).toBe(2 * count);
  for (const it of [buffer, staging]) it.destroy();
});

test("nothing is timed where nothing runs", async () => {
  const x = normalTensor(key(1), [3]);
  const { nodes, seconds } = await explain((y: Tensor) => ops.reshape(y, [3, 1]), x);
  expect([nodes, seconds]).toEqual([[], 0]);
  x.dispose();
});
