import { BackendUnavailableError } from "../errors.ts";
import type { Prepared, StartOptions } from "../types.ts";

/** Prepares the webgpu backend. */
export const startWebgpu = async (_options: StartOptions, _auto: boolean): Promise<Prepared> => {
  throw new BackendUnavailableError("webgpu", "not yet");
};
