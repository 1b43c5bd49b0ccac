import { expect, test } from "vitest";
import { BackendUnavailableError } from "../../src/index.ts";
import { deviceOf } from "../../src/webgpu/deviceOf.ts";

const defaults = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** An adapter with these limits and features, and what is asked of it. */
const adapterWith = (limits: Readonly<Record<string, number | undefined>>, features: readonly string[] = []) => {
  const asked: GPUDeviceDescriptor[] = [];
  const requestDevice = (descriptor: GPUDeviceDescriptor): Promise<object> => {
    asked.push(descriptor);
    return Promise.resolve({});
  };
  return { adapter: { limits, features: new Set(features), requestDevice } as unknown as GPUAdapter, asked };
};

test("a device has what its adapter offers beyond the defaults, and of features those that kernels can use", async () => {
  const limits = { ...defaults, maxBufferSize: 2 ** 32, maxStorageBuffersPerShaderStage: 16, maxTextureDimension1D: 9 };
  const { adapter, asked } = adapterWith(limits, ["subgroups", "texture-compression-bc", "timestamp-query"]);
  await deviceOf(adapter);
  const { maxTextureDimension1D: _, ...wanted } = limits;
  expect(asked).toEqual([{ requiredLimits: wanted, requiredFeatures: ["subgroups", "timestamp-query"] }]);
});

test("limits that an implementation does not know are not asked for", async () => {
  const { adapter, asked } = adapterWith({ ...defaults, maxComputeWorkgroupSizeX: undefined });
  await deviceOf(adapter);
  expect(asked[0]!.requiredLimits).not.toHaveProperty("maxComputeWorkgroupSizeX");
});

test.each([
  ["maxStorageBuffersPerShaderStage", 4, 8],
  ["maxComputeInvocationsPerWorkgroup", 128, 256],
  ["maxComputeWorkgroupStorageSize", 8192, 16_384],
])("an adapter whose %s is %i is refused: it must be %i", async (name, offered, needed) => {
  const { adapter, asked } = adapterWith({ ...defaults, [name]: offered });
  const error: unknown = await deviceOf(adapter).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(BackendUnavailableError);
  expect((error as BackendUnavailableError).reason).toMatch(new RegExp(`${name} is ${offered}.* at least ${needed}`));
  expect(asked).toEqual([]);
});
