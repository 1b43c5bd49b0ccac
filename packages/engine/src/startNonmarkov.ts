import { backendName } from "./backend/backend.ts";
import { BackendUnavailableError } from "./errors.ts";
import { initialise } from "./initialise.ts";
import { canShare, cores, hasSimd, makeMachine } from "./machine/machine.ts";
import type { Prepared, StartOptions } from "./types.ts";

/** Prepares our own backend: WebAssembly with SIMD, on as many threads as there are cores. */
export const startNonmarkov = async ({ threads }: StartOptions): Promise<Prepared> => {
  if (!hasSimd())
    throw new BackendUnavailableError(backendName, "this runtime has no SIMD in WebAssembly; use a current one");
  const { registerKernels } = await import("./backend/kernels.ts");
  const { backendOn } = await import("./backend/backendOn.ts");
  const wanted = threads ?? (await cores());
  const machine = await makeMachine(wanted);
  registerKernels();
  await initialise(backendName, () => backendOn(machine));
  const alone =
    wanted > 1 && !canShare() ? " (threads need SharedArrayBuffer: a page must be cross-origin isolated for it)" : "";
  const instructions = machine.simd === "relaxed" ? "relaxed SIMD" : "SIMD";
  return {
    detail: `WebAssembly with ${instructions}, ${machine.threads} thread${machine.threads === 1 ? "" : "s"}${alone}`,
    threads: machine.threads,
  };
};
