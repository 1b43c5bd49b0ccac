export { jit, type JitOptions } from "./jit/jit.ts";
export type { Shape } from "./graph/graph.ts";
export { type ExplainedNode, type Explanation, explain } from "./jit/explain.ts";
export { start } from "./start.ts";
export type { Attempt, BackendName, Started, StartOptions } from "./types.ts";
export { OutOfMemoryError } from "./memoryError.ts";
export { RecordingError } from "./jit/recording.ts";
export { BackendUnavailableError, NoBackendError, SelfCheckError, UnknownBackendError } from "./errors.ts";
