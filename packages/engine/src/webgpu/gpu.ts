import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { BackendValues, DataId, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { Dtype, Shape } from "../graph/graph.ts";

/** A buffer of the device that several tensors share, each a part of it. */
export type Slab = {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** How many parts are in use; with the last one the buffer is given back. */
  uses: number;
};

/** A part of a slab. */
export type Part = {
  /** The slab. */
  readonly slab: Slab;
  /** Bytes from its beginning, a multiple of 256. */
  readonly offset: number;
};

/** Where a tensor's numbers are on the device. */
export type Location = {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** Bytes from its beginning. */
  readonly offset: number;
};

/** A tensor's numbers as tfjs stores them: on the host, in a buffer of their own, or, which is ours, in a part of a slab. */
export type Entry = {
  values: BackendValues | null;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  refCount: number;
  resource?: GPUBuffer | null;
  part?: Part | undefined;
  /** Whether the numbers were given away. */
  isUsedUp?: boolean;
  /** Whether the buffer is somebody else's. */
  readonly external?: boolean;
};

/** What of tfjs's backend is private, and needed. */
export type Internals = {
  readonly tensorMap: {
    readonly get: (id: DataId) => Entry;
    readonly has: (id: DataId) => boolean;
    readonly set: (id: DataId, entry: Entry) => void;
  };
  readonly commandEncoder: GPUCommandEncoder | null;
  /** Buffers that are given back when what is encoded has been submitted. */
  readonly uniformPendingDisposal: GPUBuffer[];
  releaseResource: (id: DataId) => void;
  nextDataId: () => number;
};

/** tfjs's WebGPU backend, whose tensors may be parts of larger buffers. */
export type Gpu = WebGPUBackend & {
  /** Where a tensor's numbers are on the device; those that are on the host are brought there. */
  readonly locate: (id: DataId) => Location;
  /** A tensor's numbers, if they are on the host alone. */
  readonly hostValues: (id: DataId) => BackendValues | undefined;
  /** A buffer to make parts of. */
  readonly slab: (bytes: number) => Slab;
  /** A tensor that is a part of a slab. */
  readonly partOf: (part: Part, shape: Shape, dtype: Dtype) => TensorInfo;
  /**
   * Lets a tensor see numbers that are copied to a part of a slab. What they were in is given back, or where it was a buffer
   * of their own, to the caller, who gives it back when the copy is submitted.
   */
  readonly moveTo: (id: DataId, part: Part) => GPUBuffer | undefined;
  /** Hands the memory of a tensor to a new one, whose numbers are yet to be set; the old one is used up. */
  readonly take: (id: DataId, shape: Shape, dtype: Dtype) => TensorInfo;
  /** How often the numbers of a tensor that lives on have come to lie elsewhere. */
  readonly relocations: () => number;
  /** Whether nobody else shares a tensor's numbers. */
  readonly isAlone: (id: DataId) => boolean;
  /** Whether a tensor's buffer is the caller's own. */
  readonly isExternal: (id: DataId) => boolean;
  /** A tensor without numbers, for recording. */
  readonly imagine: (shape: Shape, dtype: Dtype) => TensorInfo;
  /** Submits what eager kernels have encoded, so that what is submitted next comes after it. */
  readonly flush: () => void;
};

/** The name under which tfjs knows the backend. */
export const gpuName = "webgpu";
