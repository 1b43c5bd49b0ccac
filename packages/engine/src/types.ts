/** A tfjs backend that the engine knows how to prepare; "nonmarkov" is our own, on WebAssembly. */
export type BackendName = "webgpu" | "nonmarkov" | "cpu";

/** How to start the engine. Everything has a default. */
export type StartOptions = {
  /**
   * The backend to use, or "auto": webgpu where there is a GPU, else nonmarkov, else cpu. A backend that is asked for by
   * name is used or an error is thrown, there is no silent fallback. Default: the environment variable
   * NONMARKOV_BACKEND where it is set, else "auto".
   */
  readonly backend?: BackendName | "auto";
  /**
   * Threads of the nonmarkov backend, an integer of at least 1; one where memory cannot be shared, which `why` says. The
   * first start of the backend in a process decides. The numbers do not depend on it. Default: one per core.
   */
  readonly threads?: number;
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
  /** Threads that the backend computes with: 1 except on nonmarkov. */
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
  /** What has gone wrong with it for good, if something has: then a later start makes a fresh one. */
  readonly failure?: () => Error | undefined;
  /** Runs `f` at once, and tells errors of it that come to light later. Left out where all errors are thrown. */
  readonly attempt?: (f: () => void) => Promise<Error | undefined>;
};
