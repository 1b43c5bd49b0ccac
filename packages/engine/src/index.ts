export { jit, type JitOptions } from "./jit/jit.ts";
export type { Weights } from "./jit/executor.ts";
export type { Shape } from "./graph/graph.ts";
export { type ExplainedNode, type Explanation, explain } from "./jit/explain.ts";
export { type Outline, outline } from "./jit/outline.ts";
export { start } from "./start.ts";
export type { Attempt, BackendName, Started, StartOptions } from "./types.ts";
export { type MemoryOf, OutOfMemoryError } from "./memoryError.ts";
export { RecordingError } from "./jit/recording.ts";
export {
  BackendUnavailableError,
  DeviceLostError,
  GpuError,
  type GpuErrorKind,
  NoBackendError,
  SelfCheckError,
  ShaderError,
  UnknownBackendError,
} from "./errors.ts";
