import type { KernelBackend } from "@tensorflow/tfjs-core";
import type { Watch } from "./watchDevice.ts";

/** What still works when the device does not: the books on tensors, so that they can be disposed of. */
const books: ReadonlySet<string> = new Set([
  ...["constructor", "dispose", "disposeData", "releaseResource", "refCount", "incRef", "decRef"],
  ...["memory", "numDataIds", "floatPrecision", "epsilon"],
]);

/** The names of all functions of an object. */
const functionsOf = (object: object): readonly string[] => {
  const names: string[] = [];
  for (let at = object; at !== Object.prototype && at !== null; at = Object.getPrototypeOf(at) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === "function") names.push(name);
  return names;
};

/** For how long an error of a read may turn out to be that of the device's loss, in milliseconds. */
const patience = 200;

/** How buffers refuse to be read, on lost devices among others. */
const mayBeLoss = (error: unknown): boolean => ["AbortError", "OperationError"].includes((error as Error)?.name);

/**
 * Ties a backend to its device: once the device has failed, every use of the backend throws the failure, reads that are
 * under way reject with it, and disposing works. Disposing of the backend gives up the device.
 */
export const guardBackend = <B extends KernelBackend>(backend: B, device: GPUDevice, watch: Watch): B => {
  const read = backend.read.bind(backend);
  backend.read = (dataId) =>
    new Promise((resolve, reject) => {
      const failure = watch.failure();
      if (failure !== undefined) throw failure;
      const release = watch.onFailure(reject);
      read(dataId)
        .then(
          async (values) => {
            // a device that failed gives zeros
            await watch.settled();
            const failed = watch.failure();
            if (failed === undefined) resolve(values);
            else reject(failed);
          },
          async (error: unknown) => {
            if (mayBeLoss(error)) await new Promise((after) => setTimeout(after, patience));
            reject(watch.failure() ?? error);
          },
        )
        .finally(release);
    });
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    dispose();
    device.destroy();
  };
  watch.onFailure((failure) => {
    const refuse = (): never => {
      throw failure;
    };
    for (const name of functionsOf(backend))
      if (!books.has(name) && name !== "read") Object.assign(backend, { [name]: refuse });
  });
  return backend;
};
