import { getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { conv2dBackpropFilter } from "./kernels/conv2dBackpropFilter.ts";
import { conv2dBackpropInput } from "./kernels/conv2dBackpropInput.ts";
import { slice } from "./kernels/slice.ts";
import { unsortedSegmentSum } from "./kernels/unsortedSegmentSum.ts";

/** Registers the kernels that tfjs's wasm backend lacks, or computes slowly, in place of its own. */
export const supplyKernels = (): void => {
  for (const config of [conv2dBackpropFilter, conv2dBackpropInput, slice, unsortedSegmentSum]) {
    if (getKernel(config.kernelName, "wasm") !== undefined) unregisterKernel(config.kernelName, "wasm");
    registerKernel(config);
  }
};
