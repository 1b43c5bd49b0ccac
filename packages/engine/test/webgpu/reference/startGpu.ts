import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { env, findBackendFactory, registerBackend, removeBackend, setBackend } from "@tensorflow/tfjs-core";
import { deviceOf } from "../../../src/webgpu/deviceOf.ts";
import { findGpu } from "../../../src/webgpu/findGpu.ts";
import type { Gpu } from "../../../src/webgpu/gpu.ts";
import { gpuOn } from "../../../src/webgpu/gpuOn.ts";
import { guardBackend } from "../../../src/webgpu/guardBackend.ts";
import { watchDevice } from "../../../src/webgpu/watchDevice.ts";

/** A device whose limits are these where they are given, and else WebGPU's defaults; also smaller ones than those. */
const limited = async (adapter: GPUAdapter, wanted: Readonly<Record<string, number>>): Promise<GPUDevice> => {
  const device = await adapter.requestDevice({ requiredLimits: { ...wanted } });
  const known = device.limits as unknown as Record<string, number>;
  Object.defineProperty(device, "limits", {
    value: new Proxy(known, { get: (limits, name: string) => wanted[name] ?? limits[name] }),
    writable: true,
  });
  return device;
};

/**
 * The webgpu backend, without the check of every op at its start, and without what tfjs computes on the
 * processor, and with shaders that are short.
 * @param limits that the device is to have in place of the adapter's; those that are not given are WebGPU's defaults
 */
export const startGpu = async (limits?: Readonly<Record<string, number>>): Promise<Gpu> => {
  const adapter = (await (await findGpu(false)).requestAdapter())!;
  const device = limits === undefined ? await deviceOf(adapter) : await limited(adapter, limits);
  const gpu = guardBackend(
    gpuOn(new WebGPUBackend(device, adapter.info), { short: true }),
    device,
    watchDevice(device),
  );
  if (findBackendFactory("webgpu") !== null) removeBackend("webgpu");
  registerBackend("webgpu", () => gpu);
  await setBackend("webgpu");
  env().set("PROD", true);
  env().set("WEBGPU_CPU_FORWARD", false);
  return gpu;
};
