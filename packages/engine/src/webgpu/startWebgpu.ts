import { BackendUnavailableError } from "../errors.ts";
import { initialise } from "../initialise.ts";
import type { Prepared, StartOptions } from "../types.ts";
import { addMany } from "./addMany.ts";
import { findGpu } from "./findGpu.ts";
import { sinCos } from "./sinCos.ts";

/** What tfjs's backend wants as large as the adapter has it. */
const limits = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const;

/** Renderings on the processor say so, or have one of these names. */
const isSoftware = (adapter: GPUAdapter, info: GPUAdapterInfo): boolean =>
  ((info as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter ??
    (adapter as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter) ||
  /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i.test(
    `${info.architecture} ${info.device} ${info.description}`,
  );

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
  const device = [info.vendor, info.architecture, info.description].filter((part) => part !== "").join(" ");
  if (auto && isSoftware(adapter, info))
    throw new BackendUnavailableError("webgpu", `only a software rendering (${device}), slower than nonmarkov`);
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  await initialise("webgpu", async () => {
    const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]));
    return new WebGPUBackend(await adapter.requestDevice({ requiredLimits }), info);
  });
  addMany();
  sinCos();
  return { detail: device === "" ? "unnamed adapter" : device, threads: 1 };
};
