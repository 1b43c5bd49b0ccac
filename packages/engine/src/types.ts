/** A tfjs backend that the engine knows how to prepare. */
export type BackendName = "webgpu" | "wasm" | "cpu";

/** Where the wasm binaries of tfjs lie: a folder's URL ending in "/", or one URL per file name. */
export type WasmPaths =
  | string
  | {
      /** The plain binary, for runtimes without SIMD. */
      readonly "tfjs-backend-wasm.wasm": string;
      /** The SIMD binary, the usual one. */
      readonly "tfjs-backend-wasm-simd.wasm": string;
      /** The SIMD binary with threads. */
      readonly "tfjs-backend-wasm-threaded-simd.wasm": string;
    };

/** How to start the engine. Everything has a default. */
export type StartOptions = {
  /**
   * The backend to use, or "auto": webgpu where there is a GPU, else wasm, else cpu. A backend that is asked for by
   * name is used or an error is thrown, there is no silent fallback. Default: the environment variable
   * NONMARKOV_BACKEND where it is set, else "auto".
   */
  readonly backend?: BackendName | "auto";
  /**
   * Threads of the wasm backend, an integer of at least 1; fewer where they cannot be had, which `why` says. The first
   * start with wasm in a process decides. Numbers repeat exactly for one count; between counts a filter's gradient differs
   * in rounding, since its products are grouped otherwise. Default 1: large convolutions gain almost as much as there are
   * cores, but every kernel waits for the threads to start, 0.01 to 0.15 ms, and for busy cores.
   */
  readonly threads?: number;
  /** Where the wasm binaries are served; needed in bundled pages only. Node and Deno find them by themselves. */
  readonly wasmPaths?: WasmPaths;
  /** Receives one line on the choice, and a warning for every backend that was refused. Default: nothing is printed. */
  readonly log?: (line: string) => void;
};

/** A backend that was considered, and what came of it. */
export type Attempt = {
  /** The backend. */
  readonly backend: BackendName;
  /** Whether it was taken. */
  readonly ok: boolean;
  /** Why it was taken or refused, for people. */
  readonly reason: string;
};

/** What {@link start} decided. */
export type Started = {
  /** The backend that tfjs now computes with. */
  readonly backend: BackendName;
  /** Why this one, for people: who asked for it or what else was missing, and the device or the number of threads. */
  readonly why: string;
  /** Threads that the backend computes with: 1 except on wasm with threads. */
  readonly threads: number;
  /** Every backend that was considered, in order; the last one is the one in use. */
  readonly tried: readonly Attempt[];
};

/** A backend that is ready to be checked. */
export type Prepared = {
  /** The device or the number of threads, for people. */
  readonly detail: string;
  /** Threads that it computes with. */
  readonly threads: number;
};
