import { lessMemory, OutOfMemoryError } from "../memoryError.ts";
import type { Gpu } from "./gpu.ts";

/** The error of something that is larger than the device allows, or than what it has left. */
export const gpuMemoryError = (gpu: Gpu, wanted: string, bytes: number, limit: string): OutOfMemoryError =>
  new OutOfMemoryError(wanted, bytes, gpu.bufferManager.numBytesUsed, {
    backend: "webgpu",
    limit,
    advice: lessMemory,
  });

/** @throws OutOfMemoryError if a buffer of this size cannot be made */
export const checkBuffer = (gpu: Gpu, wanted: string, bytes: number): void => {
  const { maxBufferSize } = gpu.device.limits;
  if (bytes > maxBufferSize)
    throw gpuMemoryError(
      gpu,
      wanted,
      bytes,
      `a buffer of this adapter has ${Math.floor(maxBufferSize / 2 ** 20)} MiB at most`,
    );
};

/** @throws OutOfMemoryError if a shader cannot see so many bytes at once */
export const checkBinding = (gpu: Gpu, wanted: string, bytes: number): void => {
  const { maxStorageBufferBindingSize } = gpu.device.limits;
  if (bytes > maxStorageBufferBindingSize)
    throw gpuMemoryError(
      gpu,
      wanted,
      bytes,
      `a shader of this adapter sees ${Math.floor(maxStorageBufferBindingSize / 2 ** 20)} MiB of a tensor at most`,
    );
};
