/** The command line asks for something that cannot be: exit code 2. The text says what, where and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A run folder, latents or another input does not hold what it must: exit code 1. */
export class InputError extends Error {
  override readonly name = "InputError";
  /** The file or folder that was read. */
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/** Stopped by a signal, after everything was saved. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** The signal that asked for the stop. */
  readonly signal: "SIGINT" | "SIGTERM";
  constructor(signal: "SIGINT" | "SIGTERM", message: string) {
    super(message);
    this.signal = signal;
  }
}
