import type { Attempt, BackendName } from "./types.ts";

/** A backend's name that does not exist. */
export class UnknownBackendError extends Error {
  /** The name of the class. */
  override readonly name = "UnknownBackendError";
  /** The name that was asked for. */
  readonly requested: string;
  /** The names that exist. */
  readonly valid: readonly string[];

  /** @param where what asked: an option or an environment variable */
  constructor(where: string, requested: string, valid: readonly string[]) {
    super(`${where}: must be one of ${valid.join(", ")}, got "${requested}"; choose one of these, or leave it out`);
    this.requested = requested;
    this.valid = valid;
  }
}

/** A backend that cannot run here: no adapter, no binary, no optional package. */
export class BackendUnavailableError extends Error {
  /** The name of the class. */
  override readonly name = "BackendUnavailableError";
  /** The backend that was tried. */
  readonly backend: BackendName;
  /** What is missing. */
  readonly reason: string;

  /** @param reason what is missing, and what to do about it */
  constructor(backend: BackendName, reason: string, cause?: unknown) {
    super(`start: the ${backend} backend is not available: ${reason}`, cause === undefined ? {} : { cause });
    this.backend = backend;
    this.reason = reason;
  }
}

/** A backend that computes a known result wrong, and must not be trusted. */
export class SelfCheckError extends Error {
  /** The name of the class. */
  override readonly name = "SelfCheckError";
  /** The backend that failed. */
  readonly backend: BackendName;
  /** The op whose result is wrong. */
  readonly op: string;
  /** What is wrong with it. */
  readonly reason: string;

  /** @param reason the first wrong number and the right one, or the error that the op threw */
  constructor(backend: BackendName, op: string, reason: string, cause?: unknown) {
    super(
      `start: the ${backend} backend fails its self-check in ${op}: ${reason}; choose another backend`,
      cause === undefined ? {} : { cause },
    );
    this.backend = backend;
    this.op = op;
    this.reason = reason;
  }
}

/** No backend at all passed. */
export class NoBackendError extends Error {
  /** The name of the class. */
  override readonly name = "NoBackendError";
  /** Every backend that was considered, with the reason. */
  readonly tried: readonly Attempt[];

  /** @param tried every backend that was considered, with the reason */
  constructor(tried: readonly Attempt[]) {
    super(`start: no backend works here: ${tried.map((a) => `${a.backend}: ${a.reason}`).join("; ")}`);
    this.tried = tried;
  }
}
