import type fs from "node:fs";
import type module from "node:module";
import type path from "node:path";
import type vm from "node:vm";
import type threads from "node:worker_threads";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { nodeModule } from "../nodeModule.ts";

/** Workers that the loader always makes; it waits for all of them, whatever the number of threads. */
const poolSize = 8;
/** Threads beyond the pool would be waited for before their workers can start. */
export const mostThreads = poolSize;

type WasmModule = BackendWasm["wasm"];
type Cwrap = (name: string, result: "number" | null, parameters: readonly "number"[]) => (...args: number[]) => number;
type Message = { readonly cmd: string };

/** A place in the pool that no thread will take: it answers like a worker that has loaded, and is none. */
const idleWorker = () => {
  let answer: (message: Message) => void = () => undefined;
  return {
    on: (event: string, listener: (message: Message) => void) => {
      if (event === "message") answer = listener;
    },
    postMessage: () => queueMicrotask(() => answer({ cmd: "loaded" })),
    unref: () => undefined,
    terminate: () => undefined,
  };
};

/**
 * Makes the wasm backend with threads in Node, where tfjs switches them off: its loader works, once its workers get
 * their code from the package's file instead of a blob. The loader's text is evaluated with its own `os` and `Worker`,
 * so nothing global changes; it halves the number of cores that it is told.
 *
 * The workers keep no process alive. Threads share out the rows and columns of a result, and never a sum: the numbers
 * are those of one thread.
 * @param count threads, in 2..{@link mostThreads}
 * @throws whatever goes wrong; one thread is then the way out
 */
export const threadedBackend = async (count: number): Promise<BackendWasm> => {
  const [{ createRequire }, { readFileSync }, { dirname }, { compileFunction }, { Worker }] = await Promise.all([
    nodeModule<typeof module>("node:module"),
    nodeModule<typeof fs>("node:fs"),
    nodeModule<typeof path>("node:path"),
    nodeModule<typeof vm>("node:vm"),
    nodeModule<typeof threads>("node:worker_threads"),
  ]);
  const { BackendWasm: Backend, setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
  const require = createRequire(import.meta.url);
  const loader = require.resolve("@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js");
  const { wasmWorkerContents } = require(loader.replace(/\.js$/, ".worker.js")) as { wasmWorkerContents: string };
  const code = wasmWorkerContents.replace(/\n/g, "\\n");

  const workers: threads.Worker[] = [];
  let places = 0;
  let fail: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const makeWorker = function () {
    places++;
    if (places <= poolSize - (count - 1)) return idleWorker(); // the loader takes workers from the end
    const worker = new Worker(code, { eval: true });
    const on = worker.on.bind(worker);
    worker.on = (event: string, listener: (...args: never[]) => void) =>
      on(event, (event === "error" ? fail : listener) as never); // the loader's listener would end the process
    workers.push(worker);
    return worker;
  };
  const modules: Readonly<Record<string, unknown>> = {
    os: { cpus: () => new Array(2 * count) },
    worker_threads: { Worker: makeWorker },
  };
  const holder: { exports: unknown } = { exports: {} };
  compileFunction(
    readFileSync(loader, "utf8"),
    ["require", "__filename", "__dirname", "module", "exports", "global", "Worker"],
    { filename: loader },
  )((name: string) => modules[name] ?? require(name), loader, dirname(loader), holder, holder.exports, {}, makeWorker);
  const load = holder.exports as (options: object) => Promise<WasmModule & { readonly cwrap: Cwrap }>;
  try {
    const wasm = await Promise.race([
      load({
        locateFile: (path: string) => (path.endsWith(".wasm") ? loader.replace(/\.js$/, ".wasm") : path),
        mainScriptUrlOrBlob: loader,
      }),
      failed,
    ]);
    const { cwrap } = wasm;
    wasm.tfjs = {
      init: cwrap("init", null, []),
      initWithThreadsCount: cwrap("init_with_threads_count", null, ["number"]),
      getThreadsCount: cwrap("get_threads_count", "number", []),
      registerTensor: cwrap("register_tensor", null, ["number", "number", "number"]),
      disposeData: cwrap("dispose_data", null, ["number"]),
      dispose: cwrap("dispose", null, []),
    };
    setThreadsCount(count);
    const backend = new Backend(wasm);
    for (const worker of workers) worker.unref();
    return backend;
  } catch (error) {
    for (const worker of workers) void worker.terminate();
    throw error;
  }
};
