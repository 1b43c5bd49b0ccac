import { lessMemory } from "./memoryError.ts";
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

/** What to do when a device is of no use any more. */
export const freshStart = "call start again for a new device, and resume training from its last checkpoint";

/** The GPU's device is gone, and every tensor on it: the driver was reset, the GPU was taken away, or somebody destroyed it. */
export class DeviceLostError extends Error {
  /** The name of the class. */
  override readonly name = "DeviceLostError";
  /** WebGPU's reason: "destroyed" on purpose, or "unknown". */
  readonly reason: string;

  /** @param details what the driver says, may be empty */
  constructor(reason: string, details: string) {
    super(
      `webgpu backend: the GPU's device was lost (${[reason, oneLine(details)].filter((part) => part !== "").join(": ")}), ` +
        `and all tensors on it; ${freshStart}`,
    );
    this.reason = reason;
  }
}

/** Commands that the GPU or its driver refused. */
export class GpuError extends Error {
  /** The name of the class. */
  override readonly name = "GpuError";
  /** WebGPU's kind of error. */
  readonly kind: GpuErrorKind;
  /** What is wrong, with the driver's words. */
  readonly reason: string;

  /** @param details what the driver says */
  constructor(kind: GpuErrorKind, details: string) {
    const { what, advice } = gpuErrors[kind];
    const reason = `${what}: ${oneLine(details)}`;
    super(`webgpu backend: ${reason}; nothing computed since is to be trusted; ${freshStart}; ${advice}`);
    this.kind = kind;
    this.reason = reason;
  }
}

/** A shader that the browser or the driver does not compile. */
export class ShaderError extends Error {
  /** The name of the class. */
  override readonly name = "ShaderError";
  /** The op that it computes. */
  readonly op: string;
  /** What is wrong, with the compiler's words. */
  readonly reason: string;
  /** The line of the shader that the compiler complains about, from 1, if it says so. */
  readonly line: number | undefined;

  /** @param details what the compiler says */
  constructor(op: string, details: string) {
    const line = /:(\d+):\d+/.exec(details)?.[1];
    const reason = `the shader of ${op} does not compile${line === undefined ? "" : `, line ${line}`}: ${oneLine(details)}`;
    super(`webgpu backend: ${reason}; update the browser or the graphics driver, or choose another backend`);
    this.op = op;
    this.reason = reason;
    this.line = line === undefined ? undefined : Number(line);
  }
}

/** WebGPU's kinds of errors. */
export type GpuErrorKind = "validation" | "out-of-memory" | "internal";

const gpuErrors: Readonly<Record<GpuErrorKind, { readonly what: string; readonly advice: string }>> = {
  validation: {
    what: "a command is not valid on this GPU",
    advice: "should it come again, choose another backend and report it",
  },
  "out-of-memory": {
    what: "the GPU's memory is full",
    advice: lessMemory,
  },
  internal: { what: "the driver failed", advice: "should it come again, update the graphics driver" },
};

/** The first lines of what a driver says, in one. */
const oneLine = (text: string): string => text.trim().replace(/\s+/g, " ").slice(0, 500);
