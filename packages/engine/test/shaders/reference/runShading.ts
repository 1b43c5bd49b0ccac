import type { Value } from "../../../src/graph/graph.ts";
import { sizeOf } from "../../../src/graph/shapes/sizeOf.ts";
import { declare } from "../../../src/shaders/declare.ts";
import type { Shading, Variable } from "../../../src/shaders/shading.ts";
import { findGpu } from "../../../src/webgpu/findGpu.ts";

type Numbers = Float32Array | Int32Array;

let opened: Promise<GPUDevice> | undefined;

/** The device that shaders are tried on, alone: no backend. */
export const testDevice = (): Promise<GPUDevice> =>
  (opened ??= (async () => {
    const adapter = await (await findGpu(false)).requestAdapter();
    return adapter!.requestDevice();
  })());

/** Runs a kernel's shaders on numbers; bools are Int32Array. Fails on any error of WebGPU. */
export const runShading = async (
  { outputs, temporaries, tables, dispatches }: Shading,
  inputs: readonly Numbers[],
): Promise<Numbers[]> => {
  const device = await testDevice();
  device.pushErrorScope("validation");
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const made: GPUBuffer[] = [];
  const buffer = (bytes: number, usage = STORAGE | COPY_SRC | COPY_DST): GPUBuffer => {
    const it = device.createBuffer({ size: Math.max(16, Math.ceil(bytes / 16) * 16), usage });
    made.push(it);
    return it;
  };
  const filled = (numbers: Numbers | Uint32Array): GPUBuffer => {
    const it = buffer(numbers.byteLength);
    device.queue.writeBuffer(it, 0, numbers as BufferSource);
    return it;
  };
  /** What is not written must not look right. */
  const garbage = (bytes: number): GPUBuffer => filled(new Float32Array(Math.ceil(bytes / 4)).fill(1234.5));
  const bytesOf = ({ shape }: Value): number => 4 * sizeOf(shape);
  const lists = {
    inputs: inputs.map(filled),
    outputs: outputs.map((value) => garbage(bytesOf(value))),
    temporaries: temporaries.map(garbage),
    tables: tables.map(filled),
  };
  const bufferOf = ({ place }: Variable): GPUBuffer => lists[place.in][place.index]!;
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const dispatch of dispatches) {
    const { wgsl, bound } = declare(dispatch, ({ place }) => `${place.in} ${place.index}`)!;
    const module = device.createShaderModule({ code: wgsl });
    const { messages } = await module.getCompilationInfo();
    const wrong = messages.find(({ type }) => type === "error");
    if (wrong !== undefined) throw new Error(`WGSL line ${wrong.lineNum}: ${wrong.message}\n${wgsl}`);
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: bound.map((variable, binding) => ({ binding, resource: { buffer: bufferOf(variable) } })),
      }),
    );
    pass.dispatchWorkgroups(...dispatch.groups);
  }
  pass.end();
  const staging = outputs.map((value, i) => {
    const bytes = bytesOf(value);
    const to = buffer(bytes, COPY_DST | MAP_READ);
    if (bytes > 0) encoder.copyBufferToBuffer(lists.outputs[i]!, 0, to, 0, bytes);
    return to;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error !== null) throw new Error(error.message);
  const results = await Promise.all(
    outputs.map(async ({ dtype, ...value }, i): Promise<Numbers> => {
      await staging[i]!.mapAsync(GPUMapMode.READ);
      const bytes = staging[i]!.getMappedRange().slice(0, bytesOf({ dtype, ...value }));
      return dtype === "float32" ? new Float32Array(bytes) : new Int32Array(bytes);
    }),
  );
  for (const it of made) it.destroy();
  return results;
};
