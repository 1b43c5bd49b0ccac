import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";

/** What tfjs calls to run a kernel. */
export type KernelFunc = KernelConfig["kernelFunc"];

/** Kernels that give the same numbers another shape: no work, and nothing to record. */
export const views: ReadonlySet<string> = new Set(["Identity", "Reshape", "ExpandDims"]);

/** Kernels that answer with a list, however many results there are. */
const multiple = new Set(["Unpack", "SplitV", "GroupNorm", "GroupNormGrad", "Attention", "AttentionGrad"]);

/** A kernel's results as tfjs expects them. */
export const answer = (op: string, outputs: TensorInfo[]): TensorInfo | TensorInfo[] =>
  outputs.length === 1 && !multiple.has(op) ? outputs[0]! : outputs;

/** A kernel's results as a list. */
export const asList = (outputs: TensorInfo | TensorInfo[]): TensorInfo[] =>
  Array.isArray(outputs) ? outputs : [outputs];

/** Inputs that are there, with their names. */
export const present = (inputs: object): [string, TensorInfo][] =>
  Object.entries(inputs as Record<string, TensorInfo | undefined>).filter(
    (entry): entry is [string, TensorInfo] => entry[1] !== undefined && entry[1] !== null,
  );
