import { env, findBackendFactory, type KernelBackend } from "@tensorflow/tfjs-core";
import { initialise, type Make } from "../initialise.ts";
import { runtime } from "../runtime.ts";
import type { Prepared, StartOptions } from "../types.ts";
import { supplyKernels } from "./supplyKernels.ts";
import { withoutCrashListeners } from "./withoutCrashListeners.ts";
import { mostThreads, threadedBackend } from "./threadedBackend.ts";

type Made = { readonly backend: KernelBackend; readonly note: string };

/** In Node: with threads, and with one where that fails. tfjs itself has them in browsers only. */
const makeInNode = async (wanted: number, own: Make): Promise<Made> => {
  const threads = Math.min(wanted, mostThreads);
  if (threads === 1) return { backend: await own(), note: "" };
  try {
    return { backend: await threadedBackend(threads), note: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { backend: await own(), note: ` (${threads} threads cannot be had: ${reason})` };
  }
};

/** Prepares the wasm backend: SIMD on the processor, with threads where they can be had. */
export const startWasm = async ({ wasmPaths, threads = 1 }: StartOptions): Promise<Prepared> => {
  const { getThreadsCount, setThreadsCount, setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  setThreadsCount(threads);
  if (threads === 1) env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const own = findBackendFactory("wasm") as Make;
  let note = "";
  await withoutCrashListeners(() =>
    initialise("wasm", async () => {
      if (runtime() !== "node") return own();
      const made = await makeInNode(threads, own);
      note = made.note;
      return made.backend;
    }),
  );
  const count = getThreadsCount();
  supplyKernels(count);
  if (note === "" && threads > count)
    note = ` (${threads} threads cannot be had: they need Node, or a page that is cross-origin isolated, and the cores)`;
  return { detail: `${count} thread${count === 1 ? "" : "s"}${note}`, threads: count };
};
