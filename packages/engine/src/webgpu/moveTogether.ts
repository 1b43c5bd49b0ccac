import type { DataId } from "@tensorflow/tfjs-core";
import type { Gpu, Location } from "./gpu.ts";
import { aligned } from "./aligned.ts";

/** Buffers that a shader of many members may find its inputs in; results, scratch and tables come to that. */
const mostApart = 3;

/** A tensor that a program is given. */
export type Given = { readonly id: DataId; readonly bytes: number };

/**
 * Moves tensors that lie in many buffers into one, where they stay: parameters come one by one from the host, and shaders of
 * many members can see few buffers only. Those in the buffer that has most of them stay there, and so do a caller's own.
 * @param given all tensors, and where they are: changed where they move
 * @param chosen indices of those that have to lie together
 * @param stays a buffer that is left alone
 */
export const moveTogether = (
  gpu: Gpu,
  given: readonly Given[],
  locations: Location[],
  chosen: readonly number[],
  stays: GPUBuffer | undefined,
): void => {
  const movable = chosen.filter((i) => locations[i]!.buffer !== stays && !gpu.isExternal(given[i]!.id));
  const members = new Map<GPUBuffer, number>();
  for (const i of movable) members.set(locations[i]!.buffer, (members.get(locations[i]!.buffer) ?? 0) + 1);
  if (members.size <= mostApart) return;
  const [[largest, most]] = [...members].sort((a, b) => b[1] - a[1]) as [[GPUBuffer, number]];
  const apart = most > 1 ? movable.filter((i) => locations[i]!.buffer !== largest) : movable;
  const offsets = new Map<DataId, number>();
  let bytes = 0;
  for (const i of apart) {
    if (offsets.has(given[i]!.id)) continue;
    offsets.set(given[i]!.id, bytes);
    bytes += aligned(given[i]!.bytes);
  }
  if (bytes > gpu.device.limits.maxBufferSize) return;
  gpu.flush();
  const slab = gpu.slab(bytes);
  const encoder = gpu.device.createCommandEncoder();
  const moved = new Set<DataId>();
  const left: GPUBuffer[] = [];
  given.forEach(({ id, bytes: size }, i) => {
    const offset = offsets.get(id);
    if (offset === undefined) return;
    if (!moved.has(id)) {
      encoder.copyBufferToBuffer(locations[i]!.buffer, locations[i]!.offset, slab.buffer, offset, size);
      const own = gpu.moveTo(id, { slab, offset });
      if (own !== undefined) left.push(own);
      moved.add(id);
    }
    locations[i] = { buffer: slab.buffer, offset };
  });
  gpu.device.queue.submit([encoder.finish()]);
  // nothing of these sizes may be wanted again
  for (const buffer of left) gpu.bufferManager.releaseBuffer(buffer, false);
};
