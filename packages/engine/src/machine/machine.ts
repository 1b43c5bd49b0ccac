import type os from "node:os";
import { relaxedKernels, simdKernels } from "../generated/kernels.ts";
import { nodeModule } from "../nodeModule.ts";
import { runtime } from "../runtime.ts";
import { allocator, type Allocator } from "./allocator.ts";
import { startWorker } from "./workers.ts";

/** One WebAssembly memory and the threads that compute in it. */
export type Machine = Allocator & {
  /** The memory; its buffer may be replaced when it grows. */
  readonly memory: WebAssembly.Memory;
  /** The instruction set in use. */
  readonly simd: "relaxed" | "plain";
  /** Threads that it computes with once all have started. */
  readonly threads: number;
  /** Runs commands that lie one after the other; adds the seconds of each to `profile`'s f64s, if there are any. */
  readonly run: (program: number, count: number, profile?: number) => void;
  /** The memory as words of 32 bits. */
  readonly words: () => Int32Array;
  /** The memory as float32. */
  readonly floats: () => Float32Array;
  /** Why workers have ended that should not have; the others do their share. */
  readonly lost: () => readonly string[];
  /** Ends the workers. */
  readonly stop: () => void;
};

/** What every thread has for itself. */
export const scratchBytes = 3 * 2 ** 20;

const page = 65536;
const maximumPages = 65536;
/** The memory grows by at least so much at a time. */
const stride = 256;

/** Smallest modules that use an instruction of SIMD, and of relaxed SIMD. */
const probes = {
  simd: [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  relaxed: [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15,
    253, 128, 2, 11,
  ],
};

/** Whether this runtime has SIMD in WebAssembly; without it there is no machine. */
export const hasSimd = (): boolean => WebAssembly.validate(new Uint8Array(probes.simd));

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Turns the shared memory that the kernels import into one of their own: its limits are one byte. */
const unshared = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  const name = [3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 3]; // "env" "memory", a memory, shared with a maximum
  const at = bytes.findIndex((_, i) => name.every((byte, j) => bytes[i + j] === byte));
  bytes[at + name.length - 1] = 1;
  return bytes;
};

/** Whether threads can share memory here. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer !== "undefined" &&
  (runtime() !== "browser" || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true);

/** The cores of this computer. */
export const cores = async (): Promise<number> => {
  if (runtime() === "browser") return navigator.hardwareConcurrency;
  const { availableParallelism } = await nodeModule<typeof os>("node:os");
  return availableParallelism();
};

type Exports = {
  readonly open: () => void;
  readonly prepare: (scratch: number, mayWait: boolean) => void;
  readonly run: (program: number, count: number, profile: number) => void;
};

/**
 * Makes a machine. Workers join it while it already computes; the results do not depend on how many have.
 * @param wanted threads, the caller's own included
 * @throws Error if the runtime cannot compile the kernels or reserve the memory
 */
export const makeMachine = async (wanted: number): Promise<Machine> => {
  const shared = canShare(); // also for one thread: growing then leaves every view of the memory valid
  const relaxed = WebAssembly.validate(new Uint8Array(probes.relaxed));
  const bytes = bytesOf(relaxed ? relaxedKernels : simdKernels);
  const memory = new WebAssembly.Memory({ initial: stride, maximum: maximumPages, shared });
  const module = await WebAssembly.compile(shared ? bytes : unshared(bytes));
  const first = new Int32Array(memory.buffer);
  const instance = await WebAssembly.instantiate(module, {
    env: {
      memory,
      now: () => performance.now() / 1000,
      wait: (address: number, value: number, ms: number) => void Atomics.wait(first, address / 4, value, ms),
    },
  });
  const { open, prepare, run } = instance.exports as Exports & WebAssembly.Exports;
  const threads = shared ? Math.min(wanted, 64) : 1;
  const heap = 4 * page; // below it: where threads meet, and the kernels' constants
  const grow = (end: number): boolean => {
    const pages = Math.ceil(end / page) - memory.buffer.byteLength / page;
    if (pages <= 0) return true;
    for (const more of [Math.max(pages, stride), pages])
      try {
        memory.grow(more);
        return true;
      } catch {
        continue;
      }
    return false;
  };
  const parts = allocator(heap, grow);
  const scratches = Array.from({ length: threads }, () => parts.allocate(scratchBytes)!);
  const isPage = runtime() === "browser" && "document" in globalThis;
  prepare(scratches[0]!, shared && !isPage);
  open();
  const lost: string[] = [];
  const stops = await Promise.all(
    scratches.slice(1).map((scratch) => startWorker({ module, memory, scratch }, (reason) => void lost.push(reason))),
  );
  let floats = new Float32Array(memory.buffer);
  let words = new Int32Array(memory.buffer);
  const fresh = (): void => {
    if (floats.buffer === memory.buffer) return;
    floats = new Float32Array(memory.buffer);
    words = new Int32Array(memory.buffer);
  };
  return {
    ...parts,
    memory,
    simd: relaxed ? "relaxed" : "plain",
    threads,
    run: (program, count, profile = 0) => run(program, count, profile),
    words: () => {
      fresh();
      return words;
    },
    floats: () => {
      fresh();
      return floats;
    },
    lost: () => lost,
    stop: () => stops.forEach((stop) => stop()),
  };
};
