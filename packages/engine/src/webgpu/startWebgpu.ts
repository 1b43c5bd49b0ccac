import type { KernelBackend } from "@tensorflow/tfjs-core";
import { BackendUnavailableError } from "../errors.ts";
import { initialise } from "../initialise.ts";
import type { Prepared, StartOptions } from "../types.ts";
import { deviceOf } from "./deviceOf.ts";
import { findGpu } from "./findGpu.ts";
import { gpuOn } from "./gpuOn.ts";
import { guardBackend } from "./guardBackend.ts";
import { watchDevice } from "./watchDevice.ts";

/** Renderings on the processor say so, or have one of these names. */
const isSoftware = (adapter: GPUAdapter, info: GPUAdapterInfo): boolean =>
  ((info as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter ??
    (adapter as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter) ||
  /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i.test(
    `${info.architecture} ${info.device} ${info.description}`,
  );

/** tfjs's backend on a device. */
const makeBackend = async (device: GPUDevice, info: GPUAdapterInfo, short: boolean): Promise<KernelBackend> => {
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  return gpuOn(new WebGPUBackend(device, info), { short });
};

/**
 * Prepares the webgpu backend with a device of our own making: tfjs asks for its features in a way that Deno refuses.
 * @param auto whether nobody asked for it: then software renderings are refused
 */
export const startWebgpu = async (_options: StartOptions, auto: boolean): Promise<Prepared> => {
  const gpu = await findGpu(auto);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new BackendUnavailableError("webgpu", "there is no adapter; install a Vulkan, Metal or D3D12 driver");
  const info = adapter.info;
  const name = [info.vendor, info.architecture, info.description].filter((part) => part !== "").join(" ");
  if (auto && isSoftware(adapter, info))
    throw new BackendUnavailableError("webgpu", `only a software rendering (${name}), slower than nonmarkov`);
  const device = await deviceOf(adapter);
  const watch = watchDevice(device);
  const backend = guardBackend(await makeBackend(device, info, isSoftware(adapter, info)), device, watch);
  await initialise("webgpu", () => backend);
  const { failure, attempt } = watch;
  return { detail: name === "" ? "unnamed adapter" : name, threads: 1, failure, attempt };
};
