import { tensorUsage } from "./asGpu.ts";
import type { Gpu } from "./gpu.ts";
import { checkBuffer } from "./gpuMemoryError.ts";

/** Memory of the device for what programs compute on their way. One runs after the other, so all share it. */
export type GpuArena = {
  /** Makes it at least so large, which may be another buffer. */
  readonly reserve: (bytes: number) => void;
  /** The buffer that it is now. */
  readonly buffer: () => GPUBuffer;
  /** Tells that a program of this size is gone; the last one frees the arena. */
  readonly leave: (bytes: number) => void;
};

/** An arena on a device. */
export const makeGpuArena = (gpu: Gpu): GpuArena => {
  const sizes: number[] = [];
  let buffer: GPUBuffer | undefined;
  return {
    reserve: (bytes) => {
      checkBuffer(gpu, "what a recorded function computes on its way", bytes);
      if (buffer === undefined || bytes > buffer.size) {
        buffer?.destroy();
        buffer = gpu.device.createBuffer({
          label: "what recorded functions compute on their way",
          size: Math.max(256, bytes),
          usage: tensorUsage,
        });
      }
      sizes.push(bytes);
    },
    buffer: () => buffer!,
    leave: (bytes) => {
      sizes.splice(sizes.indexOf(bytes), 1);
      if (sizes.length > 0) return;
      buffer?.destroy();
      buffer = undefined;
    },
  };
};
