export { start } from "./start.ts";
export type { Attempt, BackendName, Started, StartOptions, WasmPaths } from "./types.ts";
export { BackendUnavailableError, NoBackendError, SelfCheckError, UnknownBackendError } from "./errors.ts";
