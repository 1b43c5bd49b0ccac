import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { env, findBackendFactory, registerBackend, removeBackend, setBackend } from "@tensorflow/tfjs-core";
import { deviceOf } from "../../../src/webgpu/deviceOf.ts";
import { findGpu } from "../../../src/webgpu/findGpu.ts";
import type { Gpu } from "../../../src/webgpu/gpu.ts";
import { gpuOn } from "../../../src/webgpu/gpuOn.ts";
import { guardBackend } from "../../../src/webgpu/guardBackend.ts";
import { watchDevice } from "../../../src/webgpu/watchDevice.ts";

/**
 * The webgpu backend, without the check of every op at its start, and without what tfjs computes on the processor.
 * @param limits that the device is to have in place of the adapter's
 */
export const startGpu = async (limits?: Readonly<Record<string, number>>): Promise<Gpu> => {
  const adapter = (await (await findGpu(false)).requestAdapter())!;
  const device =
    limits === undefined ? await deviceOf(adapter) : await adapter.requestDevice({ requiredLimits: { ...limits } });
  const gpu = guardBackend(gpuOn(new WebGPUBackend(device, adapter.info)), device, watchDevice(device));
  if (findBackendFactory("webgpu") !== null) removeBackend("webgpu");
  registerBackend("webgpu", () => gpu);
  await setBackend("webgpu");
  env().set("PROD", true);
  env().set("WEBGPU_CPU_FORWARD", false);
  return gpu;
};
