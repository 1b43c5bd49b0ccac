/** What a shader became. */
export type Pipeline = {
  /** The compiled shader. */
  readonly pipeline: GPUComputePipeline;
  /** The layout of its buffers, which all shaders of as many buffers share. */
  readonly layout: GPUBindGroupLayout;
};

/** The shaders of one device. */
export type Pipelines = {
  /** Compiles a module, once for each text. `op` is told where it fails. */
  readonly of: (wgsl: string, buffers: number, op: string) => Pipeline;
};

/** The shaders of a device. Labels say whose they are, for errors. */
export const makePipelines = (device: GPUDevice): Pipelines => {
  const layouts = new Map<number, GPUBindGroupLayout>();
  const compiled = new Map<string, Pipeline>();
  const layoutOf = (buffers: number): GPUBindGroupLayout => {
    let layout = layouts.get(buffers);
    if (layout === undefined) {
      layout = device.createBindGroupLayout({
        entries: Array.from({ length: buffers }, (_, binding) => ({
          binding,
          visibility: 4, // GPUShaderStage.COMPUTE
          buffer: { type: "storage" as const },
        })),
      });
      layouts.set(buffers, layout);
    }
    return layout;
  };
  return {
    of: (wgsl, buffers, op) => {
      const known = compiled.get(wgsl);
      if (known !== undefined) return known;
      const layout = layoutOf(buffers);
      const module = device.createShaderModule({ label: op, code: wgsl });
      const pipeline = device.createComputePipeline({
        label: op,
        // not shared: wgpu (Deno 2.9) keeps the least sizes of bindings of the first pipeline of a layout for all
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main" },
      });
      const made = { pipeline, layout };
      compiled.set(wgsl, made);
      return made;
    },
  };
};
