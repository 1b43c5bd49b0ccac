import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Attrs } from "../graph/graph.ts";

/** Learns of every kernel that runs while it is set. */
export type Recorder = {
  /** A kernel has run. */
  readonly kernel: (
    op: string,
    names: readonly string[],
    inputs: readonly TensorInfo[],
    attrs: Attrs,
    outputs: readonly TensorInfo[],
  ) => void;
};

/** What cannot be recorded: the op, and why. */
export class RecordingError extends Error {
  /** The name of the class. */
  override readonly name = "RecordingError";
  /** The op that cannot be recorded. */
  readonly op: string;

  /** @param reason what is wrong with it, and what to do */
  constructor(op: string, reason: string) {
    super(`jit: ${op} cannot be recorded: ${reason}`);
    this.op = op;
  }
}

let current: Recorder | undefined;
/** Kernels that run inside of others; they may read values, and are not recorded themselves. */
let depth = 0;

/** True while kernels are recorded. */
export const isRecording = (): boolean => current !== undefined;

/** Records what `f` runs. */
export const withRecorder = <T>(recorder: Recorder, f: () => T): T => {
  const before = current;
  current = recorder;
  try {
    return f();
  } finally {
    current = before;
  }
};

/** Runs a kernel whose insides are not recorded, and reports it as one. */
export const recorded = (
  op: string,
  names: readonly string[],
  inputs: readonly TensorInfo[],
  attrs: Attrs,
  run: () => TensorInfo[],
): TensorInfo[] => {
  if (current === undefined) return run();
  depth++;
  let outputs: TensorInfo[];
  try {
    outputs = run();
  } finally {
    depth--;
  }
  if (depth === 0) current.kernel(op, names, inputs, attrs, outputs);
  return outputs;
};

/** @throws RecordingError if somebody reads a tensor in a function that is being recorded */
export const refuseReading = (op: string): void => {
  if (current === undefined || depth > 0) return;
  throw new RecordingError(
    op,
    "a recorded function runs once, so nothing may depend on the values of tensors; read them outside, or compute with ops",
  );
};

/** Kernels whose result's shape depends on values. */
const dataDependent = new Set([
  ...["Where", "Unique", "NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5", "Bincount"],
  ...["DenseBincount", "SparseFillEmptyRows", "SparseReshape", "SparseSegmentMean", "SparseSegmentSum", "RaggedGather"],
]);

/** @throws RecordingError if the kernel's shapes depend on values */
export const refuseDataDependent = (op: string): void => {
  if (current === undefined || depth > 0 || !dataDependent.has(op)) return;
  throw new RecordingError(op, "the shape of its result depends on values; call it outside of the recorded function");
};
