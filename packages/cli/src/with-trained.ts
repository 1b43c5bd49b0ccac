import { treeDispose } from "@nonmarkov/autodiff";
import type { Output } from "./output.ts";
import { startBackend } from "./start-backend.ts";
import { openTrained, type Trained } from "./trained.ts";

/** Starts the backend, opens a run, works with it, and frees its weights. */
export const withTrained = async <T>(
  run: string,
  options: { readonly backend?: "auto" | "webgpu" | "wasm" | "cpu"; readonly weights: "ema" | "params" },
  out: Output,
  work: (trained: Trained) => Promise<T>,
): Promise<T> => {
  await startBackend(options.backend, out);
  const trained = await openTrained(run, options.weights);
  try {
    return await work(trained);
  } finally {
    treeDispose(trained.params);
  }
};
