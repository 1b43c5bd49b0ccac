import type { Tensor } from "@nonmarkov/autodiff";
import { memory } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Gpu } from "../../../src/webgpu/gpu.ts";

/** The numbers of tensors. */
export const numbersOf = (...tensors: readonly Tensor[]): Promise<readonly (readonly number[])[]> =>
  Promise.all(tensors.map(async (x) => [...(await x.data())]));

/** The numbers of tensors, which are freed. */
export const taken = async (...tensors: readonly Tensor[]): Promise<readonly (readonly number[])[]> => {
  const numbers = await numbersOf(...tensors);
  for (const x of tensors) x.dispose();
  return numbers;
};

/** Bytes of all buffers that tensors are in, and of those that wait for tensors. */
export const bytesOf = ({ bufferManager }: Gpu): readonly [used: number, allocated: number] => [
  bufferManager.numBytesUsed,
  bufferManager.numBytesAllocated,
];

/** Expects of every test that it leaves no tensor behind, and that every function it calls could be recorded. */
export const expectNothingLeft = (): void => {
  let before = 0;
  const warnings: unknown[] = [];
  beforeEach(() => {
    warnings.length = 0;
    vi.spyOn(console, "warn").mockImplementation((...words) => void warnings.push(words));
    before = memory().numTensors;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(warnings).toEqual([]);
    expect(memory().numTensors - before, "tensors left over").toBe(0);
  });
};
