import {
  findBackendFactory,
  removeBackend,
  registerBackend,
  setBackend,
  type KernelBackend,
} from "@tensorflow/tfjs-core";
import { BackendUnavailableError } from "./errors.ts";
import type { BackendName } from "./types.ts";

/**
 * Makes a backend the current one. tfjs swallows the error of a backend that cannot be made; this one throws it.
 * @param make makes the backend, in place of the factory that tfjs has registered
 * @throws BackendUnavailableError if `make` fails
 */
export const initialise = async (name: BackendName, make: () => Promise<KernelBackend>): Promise<void> => {
  let failure: unknown;
  if (findBackendFactory(name) !== null) removeBackend(name);
  registerBackend(name, async () => {
    try {
      return await make();
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  if (await setBackend(name)) return;
  removeBackend(name);
  if (failure instanceof BackendUnavailableError) throw failure;
  const message = (failure as { readonly message?: unknown } | undefined)?.message;
  throw new BackendUnavailableError(name, typeof message === "string" ? message : String(failure), failure);
};
