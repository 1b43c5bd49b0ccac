import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from "@tensorflow/tfjs-core";
import { batchMatMul } from "./kernels/batchMatMul.ts";
import { conv2dBackpropFilter } from "./kernels/conv2dBackpropFilter.ts";
import { conv2dBackpropInput } from "./kernels/conv2dBackpropInput.ts";
import { einsum } from "./kernels/einsum.ts";
import { identity } from "./kernels/identity.ts";
import { slice } from "./kernels/slice.ts";
import { splitV } from "./kernels/splitV.ts";
import { tile } from "./kernels/tile.ts";
import { unsortedSegmentSum } from "./kernels/unsortedSegmentSum.ts";

/** Kernels that use nothing of tfjs's kernel of the same name. */
const replacements = [conv2dBackpropInput, einsum, identity, splitV, unsortedSegmentSum];
/** Kernels that leave some cases to tfjs's own. */
const extensions = { BatchMatMul: batchMatMul, Slice: slice, Tile: tile };
/** Starting threads on a product takes as long as computing one of this many times the smallest sensible size. */
const threadedGrain = 8;

const replace = (config: KernelConfig): void => {
  if (getKernel(config.kernelName, "wasm") !== undefined) unregisterKernel(config.kernelName, "wasm");
  registerKernel(config);
};

let supplied = false;

/** Registers the kernels that tfjs's wasm backend lacks, or computes slowly, in place of its own; once. */
export const supplyKernels = (threads: number): void => {
  if (supplied) return;
  const grain = threads === 1 ? 1 : threadedGrain;
  for (const config of [...replacements, conv2dBackpropFilter(grain)]) replace(config);
  for (const [name, extend] of Object.entries(extensions)) replace(extend(getKernel(name, "wasm")!, grain));
  supplied = true;
};
