import type threads from "node:worker_threads";
import { nodeModule } from "../nodeModule.ts";
import { runtime } from "../runtime.ts";

/** What a worker needs to join the machine: the kernels, the memory, and where its own scratch lies. */
export type Joining = {
  /** The compiled kernels. */
  readonly module: WebAssembly.Module;
  /** The memory that all share. */
  readonly memory: WebAssembly.Memory;
  /** The address of the worker's scratch. */
  readonly scratch: number;
};

const join = `
const join = ({ module, memory, scratch }) => {
  const words = new Int32Array(memory.buffer);
  const env = {
    memory,
    now: () => performance.now() / 1000,
    wait: (address, value, ms) => void Atomics.wait(words, address / 4, value, ms),
  };
  const { exports } = new WebAssembly.Instance(module, { env });
  exports.prepare(scratch, true);
  exports.work();
};`;

/**
 * Starts one worker that joins the machine as soon as it has loaded, and returns at once. It keeps no process alive.
 * @param onLost called if the worker fails: then it helps no more
 * @returns what ends it
 */
export const startWorker = async (joining: Joining, onLost: (reason: string) => void): Promise<() => void> => {
  if (runtime() === "browser") {
    const url = URL.createObjectURL(
      new Blob([`${join}\nonmessage = ({ data }) => join(data);`], { type: "text/javascript" }),
    );
    const worker = new Worker(url);
    URL.revokeObjectURL(url);
    worker.onerror = ({ message }) => onLost(message);
    worker.postMessage(joining);
    return () => worker.terminate();
  }
  const { Worker: NodeWorker } = await nodeModule<typeof threads>("node:worker_threads");
  const worker = new NodeWorker(`${join}\njoin(require("node:worker_threads").workerData);`, {
    eval: true,
    workerData: joining,
    stdin: false,
  });
  worker.unref();
  worker.on("error", (error) => onLost(String(error)));
  return () => void worker.terminate();
};
