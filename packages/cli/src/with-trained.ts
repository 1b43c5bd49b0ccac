import { treeDispose } from "@nonmarkov/autodiff";
import type { BackendOptions } from "./options/common.ts";
import type { Output } from "./output.ts";
import { startBackend } from "./start-backend.ts";
import { loadTrained, type Run, type Trained } from "./trained.ts";

/** Starts the backend, loads a run's weights, works with them, and frees them. */
export const withTrained = async <T>(
  run: Run,
  options: BackendOptions & { readonly weights: "ema" | "params" },
  out: Output,
  work: (trained: Trained) => Promise<T>,
): Promise<T> => {
  await startBackend(options, out.note);
  const trained = await loadTrained(run, options.weights);
  try {
    return await work(trained);
  } finally {
    treeDispose(trained.params);
  }
};
