import { findBackendFactory } from "@tensorflow/tfjs-core";
import { initialise } from "../initialise.ts";
import type { Prepared, StartOptions } from "../types.ts";
import { supplyKernels } from "./supplyKernels.ts";

/** Prepares the wasm backend. */
export const startWasm = async ({ wasmPaths }: StartOptions): Promise<Prepared> => {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  const make = findBackendFactory("wasm");
  await initialise("wasm", async () => make());
  supplyKernels();
  return { detail: "1 thread", threads: 1 };
};
