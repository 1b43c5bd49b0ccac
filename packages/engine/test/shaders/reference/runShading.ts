import type { Value } from "../../../src/graph/graph.ts";
import { sizeOf } from "../../../src/graph/shapes/sizeOf.ts";
import { declare } from "../../../src/shaders/declare.ts";
import type { Place, Shading } from "../../../src/shaders/shading.ts";
import { findGpu } from "../../../src/webgpu/findGpu.ts";
import { planMany } from "../../../src/webgpu/planMany.ts";
import { watchAccesses } from "./watchAccesses.ts";

type Numbers = Float32Array | Int32Array;

/** A dispatch and its buffers. */
type Call = {
  readonly wgsl: string;
  readonly buffers: readonly GPUBuffer[];
  readonly groups: readonly [number, number, number];
};

const open = async (isRoomy: boolean): Promise<GPUDevice> => {
  const adapter = await (await findGpu(false)).requestAdapter();
  const { maxStorageBuffersPerShaderStage } = adapter!.limits;
  return adapter!.requestDevice(isRoomy ? { requiredLimits: { maxStorageBuffersPerShaderStage } } : {});
};
let [plain, roomy]: (Promise<GPUDevice> | undefined)[] = [];

/** The device that shaders are tried on, alone: no backend, and no more than any adapter must allow. */
export const testDevice = (): Promise<GPUDevice> => (plain ??= open(false));
/** One with more buffers, for a log of accesses is one of them. */
const watchedDevice = (): Promise<GPUDevice> => (roomy ??= open(true));

/**
 * Runs a kernel's shaders on numbers; bools are Int32Array. Fails on any error of WebGPU.
 * @param onFault is told of races and accesses beyond the end, if it is given: sizes must be small then
 */
export const runShading = async (
  { outputs, temporaries, tables, many, dispatches }: Shading,
  inputs: readonly Numbers[],
  onFault?: (fault: string) => void,
): Promise<Numbers[]> => {
  const device = await (onFault === undefined ? testDevice() : watchedDevice());
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
  const bufferOf = (place: Place): GPUBuffer => lists[place.in][place.index]!;
  const wholeOf = (whole: GPUBuffer) => ({ buffer: whole, offset: 0, size: whole.size });
  const { maxStorageBuffersPerShaderStage: buffers, maxStorageBufferBindingSize: bytes } = device.limits;
  const calls: readonly Call[] = [
    ...(many === undefined
      ? []
      : planMany(many, (list, index) => wholeOf(bufferOf({ in: list, index })), { buffers, bytes })!
    ).map(({ wgsl, ranges, table, groups }) => ({
      ...{ wgsl, groups },
      buffers: [...ranges.map((range) => range.buffer), filled(table)],
    })),
    ...dispatches.map((dispatch) => {
      const { wgsl, bound } = declare(dispatch, ({ place }) => `${place.in} ${place.index}`)!;
      return { wgsl, buffers: bound.map(({ place }) => bufferOf(place)), groups: dispatch.groups };
    }),
  ];

  const encoder = device.createCommandEncoder();
  const copied = (from: GPUBuffer, bytes: number): GPUBuffer => {
    const to = buffer(bytes, COPY_DST | MAP_READ);
    if (bytes > 0) encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    return to;
  };
  const prepared = await Promise.all(
    calls.map(async (call) => {
      const watch = onFault && watchAccesses(call.wgsl, call.buffers.length);
      const log = watch && buffer(watch.bytes);
      const wgsl = watch?.wgsl ?? call.wgsl;
      const module = device.createShaderModule({ code: wgsl });
      const { messages } = await module.getCompilationInfo();
      const wrong = messages.find(({ type }) => type === "error");
      if (wrong !== undefined) throw new Error(`WGSL line ${wrong.lineNum}: ${wrong.message}\n${wgsl}`);
      const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
      const bindGroup = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [...call.buffers, ...(log ? [log] : [])].map((it, binding) => ({ binding, resource: { buffer: it } })),
      });
      return { watch, log, pipeline, bindGroup, groups: call.groups };
    }),
  );
  const pass = encoder.beginComputePass();
  for (const { pipeline, bindGroup, groups } of prepared) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...groups);
  }
  pass.end();
  const staging = outputs.map((value, i) => copied(lists.outputs[i]!, bytesOf(value)));
  const told = prepared.map(({ log, watch }) => log && copied(log, watch!.bytes));
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
  for (const [i, { watch }] of prepared.entries()) {
    if (watch === undefined) continue;
    await told[i]!.mapAsync(GPUMapMode.READ);
    watch.faultsIn(new Uint32Array(told[i]!.getMappedRange())).forEach(onFault!);
  }
  for (const it of made) it.destroy();
  return results;
};
