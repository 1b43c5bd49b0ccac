import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Shading, Variable } from "../shaders/shading.ts";
import { gpuBytes, tensorUsage } from "./asGpu.ts";
import { bind, bindGroupOf } from "./bind.ts";
import type { GpuContext } from "./gpuContext.ts";
import { checkBinding } from "./gpuMemoryError.ts";

/** What tfjs keeps about commands that it has encoded and not yet submitted. */
type Encoding = {
  readonly commandEncoder: GPUCommandEncoder;
  computePassEncoder: GPUComputePassEncoder | null;
  readonly commandQueueOwnedIds: WeakSet<object>;
  readonly uniformPendingDisposal: GPUBuffer[];
  dispatchCountInPass: number;
};

/** Dispatches that tfjs encodes before it submits them. */
const together = 15;

/**
 * Runs one kernel at once, among what tfjs encodes: makes its outputs, borrows its inputs.
 * @returns undefined where the device cannot bind its buffers
 */
export const runShading = (
  { gpu, pipelines }: GpuContext,
  op: string,
  { outputs, temporaries, tables, dispatches }: Shading,
  inputs: readonly TensorInfo[],
): TensorInfo[] | undefined => {
  const { device, bufferManager } = gpu;
  for (const { shape } of [...inputs, ...outputs]) checkBinding(gpu, `a tensor [${shape.join(", ")}]`, gpuBytes(shape));
  const { maxStorageBuffersPerShaderStage } = device.limits;
  const lists = {
    inputs: inputs.map(({ dataId, shape }) => ({ ...gpu.locate(dataId), size: gpuBytes(shape) })),
    outputs: [] as Required<GPUBufferBinding>[],
    temporaries: [] as Required<GPUBufferBinding>[],
    tables: [] as Required<GPUBufferBinding>[],
  };
  const place = ({ place: { in: list, index } }: Variable): string => {
    const input = list === "inputs" ? lists.inputs[index]! : undefined;
    const first =
      input && lists.inputs.findIndex(({ buffer, offset }) => buffer === input.buffer && offset === input.offset);
    return `${list} ${first ?? index}`;
  };
  const bound = dispatches.map((dispatch) => bind(pipelines, op, dispatch, place, maxStorageBuffersPerShaderStage));
  if (!bound.every((dispatch) => dispatch !== undefined)) return undefined;

  const encoding = gpu as unknown as Encoding;
  /** Given back when what is encoded now has been submitted. */
  const meanwhile = (bytes: number): Required<GPUBufferBinding> => {
    const size = Math.ceil(bytes / 16) * 16;
    const buffer = bufferManager.acquireBuffer(size, tensorUsage);
    encoding.uniformPendingDisposal.push(buffer);
    return { buffer, offset: 0, size };
  };
  const made = outputs.map(({ shape, dtype }) => gpu.makeTensorInfo([...shape], dtype));
  for (const { dataId, shape } of made) {
    gpu.uploadToGPU(dataId);
    lists.outputs.push({ ...gpu.locate(dataId), size: gpuBytes(shape) });
  }
  for (const bytes of temporaries) lists.temporaries.push(meanwhile(bytes));
  for (const words of tables) {
    const binding = meanwhile(words.byteLength);
    device.queue.writeBuffer(binding.buffer, 0, words as BufferSource);
    lists.tables.push(binding);
  }
  gpu.ensureCommandEncoderReady();
  encoding.computePassEncoder ??= encoding.commandEncoder.beginComputePass();
  for (const { dataId } of [...inputs, ...made]) encoding.commandQueueOwnedIds.add(dataId);
  for (const { pipeline, layout, bound: variables, groups } of bound) {
    const resources = variables.map(({ place: at }) => lists[at.in][at.index]!);
    encoding.computePassEncoder.setPipeline(pipeline);
    encoding.computePassEncoder.setBindGroup(0, bindGroupOf(device, layout, resources));
    encoding.computePassEncoder.dispatchWorkgroups(...groups);
    encoding.dispatchCountInPass++;
  }
  if (encoding.dispatchCountInPass >= together) gpu.flush();
  return made;
};
