import { start, type Started } from "@nonmarkov/engine";
import type { Output } from "./output.ts";

/** Starts the backend of `--backend` (or NONMARKOV_BACKEND, or the best there is) and says which and why. */
export const startBackend = (backend: "auto" | "webgpu" | "wasm" | "cpu" | undefined, out: Output): Promise<Started> =>
  start({ ...(backend === undefined ? {} : { backend }), log: out.note });
