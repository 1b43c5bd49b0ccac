import {
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
  type KernelBackend,
} from "@tensorflow/tfjs-core";
import { BackendUnavailableError } from "./errors.ts";
import type { BackendName } from "./types.ts";

/** Makes a backend. */
export type Make = () => KernelBackend | Promise<KernelBackend>;

/** What tfjs had registered before. */
const originals = new Map<BackendName, Make>();

/** Takes a backend out of tfjs, with its tensors, and puts back what tfjs had registered for it. */
export const discard = (name: BackendName): void => {
  removeBackend(name);
  const original = originals.get(name);
  if (original !== undefined) registerBackend(name, original);
};

/**
 * Makes a backend the current one. tfjs swallows the error of a backend that cannot be made; this one throws it.
 * @param make makes the backend, in place of the factory that tfjs has registered
 * @throws BackendUnavailableError if `make` fails
 */
export const initialise = async (name: BackendName, make: Make): Promise<void> => {
  let failure: unknown;
  const original = findBackendFactory(name) as Make | null;
  if (original !== null) {
    originals.set(name, original);
    removeBackend(name);
  }
  registerBackend(name, async () => {
    try {
      return await make();
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  if (await setBackend(name)) return;
  discard(name);
  if (failure instanceof BackendUnavailableError) throw failure;
  const message = (failure as { readonly message?: unknown } | undefined)?.message;
  throw new BackendUnavailableError(name, typeof message === "string" ? message : String(failure), failure);
};
