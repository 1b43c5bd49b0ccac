import { BackendUnavailableError } from "../errors.ts";

/** What a device shall have as large as its adapter offers it. */
const wanted = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** What the kernels need: WebGPU's defaults, below which only its compatibility mode goes. */
const needed: Readonly<Partial<Record<(typeof wanted)[number], number>>> = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** Features that are taken where they are. */
const features: readonly string[] = ["shader-f16", "subgroups", "timestamp-query"];

/**
 * Opens a device with all that its adapter offers and the kernels can use.
 * @throws BackendUnavailableError naming the limit that is too small
 */
export const deviceOf = async (adapter: GPUAdapter): Promise<GPUDevice> => {
  // older implementations lack some names
  const limits = adapter.limits as unknown as Readonly<Record<string, number | undefined>>;
  for (const [name, least] of Object.entries(needed)) {
    const offered = limits[name];
    if (offered !== undefined && offered < least)
      throw new BackendUnavailableError(
        "webgpu",
        `the adapter's ${name} is ${offered}, and must be at least ${least}, WebGPU's default; ` +
          `use an adapter without compatibility mode, or another backend`,
      );
  }
  const known = wanted.filter((name) => limits[name] !== undefined);
  return adapter.requestDevice({
    requiredLimits: Object.fromEntries(known.map((name) => [name, limits[name]!])),
    requiredFeatures: features.filter((name) =>
      (adapter.features as unknown as ReadonlySet<string>).has(name),
    ) as GPUFeatureName[],
  });
};
