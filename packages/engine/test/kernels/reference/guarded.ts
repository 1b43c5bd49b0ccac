import { findBackendFactory, registerBackend, removeBackend, setBackend } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { backendOn } from "../../../src/backend/backendOn.ts";
import { registerKernels } from "../../../src/backend/kernels.ts";
import { paddedBytes } from "../../../src/machine/allocator.ts";
import { makeMachine, type Machine } from "../../../src/machine/machine.ts";

/** Words behind every part of the memory, and what stands in them. */
const fence = 16;
const untouched = 0x5afe5afe;

/** Bytes that a fence adds to a part. */
export const fenceBytes = 4 * fence;

/** A machine of which every part of the memory has a fence behind it; `broken` are the sizes of parts whose fence was not left alone. */
export const guarded = (machine: Machine): Machine & { readonly broken: () => readonly number[] } => {
  const sizes = new Map<number, number>();
  const broken: number[] = [];
  const fenceOf = (address: number): Int32Array => {
    const first = (address + sizes.get(address)!) / 4;
    return machine.words().subarray(first, first + fence);
  };
  return {
    ...machine,
    allocate: (bytes) => {
      const size = paddedBytes(bytes);
      const address = machine.allocate(size + fenceBytes);
      if (address === undefined) return undefined;
      sizes.set(address, size);
      fenceOf(address).fill(untouched);
      return address;
    },
    release: (address) => {
      if (fenceOf(address).some((word) => word !== untouched)) broken.push(sizes.get(address)!);
      sizes.delete(address);
      machine.release(address);
    },
    broken: () => {
      for (const address of sizes.keys())
        if (fenceOf(address).some((word) => word !== untouched)) broken.push(sizes.get(address)!);
      return broken.splice(0);
    },
  };
};

/** Makes our backend the current one, on a machine with fences. */
export const startGuarded = async (threads: number): Promise<void> => {
  const machine = guarded(await makeMachine(threads));
  if (findBackendFactory("nonmarkov") !== null) removeBackend("nonmarkov");
  registerBackend("nonmarkov", () => backendOn(machine));
  registerKernels();
  await setBackend("nonmarkov");
};

/** Expects that nothing was written behind any part of the memory. */
export const expectFences = (machine: Machine): void => {
  expect((machine as ReturnType<typeof guarded>).broken?.() ?? [], "bytes of parts that were overrun").toEqual([]);
};
