import { env, findBackendFactory, setBackend } from "@tensorflow/tfjs-core";
import { startCpu } from "./cpu.ts";
import {
  BackendUnavailableError,
  DeviceLostError,
  NoBackendError,
  SelfCheckError,
  UnknownBackendError,
} from "./errors.ts";
import { discard } from "./initialise.ts";
import { environment } from "./runtime.ts";
import { selfCheck } from "./selfCheck.ts";
import type { Attempt, BackendName, Prepared, Started, StartOptions } from "./types.ts";
import { startNonmarkov } from "./startNonmarkov.ts";
import { startWebgpu } from "./webgpu/startWebgpu.ts";

const choices = ["auto", "webgpu", "nonmarkov", "cpu"] as const;
const variable = "NONMARKOV_BACKEND";

/** How to prepare each backend, in the order of preference. */
const prepare: Readonly<Record<BackendName, (options: StartOptions, auto: boolean) => Promise<Prepared>>> = {
  webgpu: startWebgpu,
  nonmarkov: startNonmarkov,
  cpu: startCpu,
};

/** Backends of this process that are prepared and have passed their check. */
const ready = new Map<BackendName, Prepared>();

/** Drops a backend that has failed, so that the next start makes a fresh one. */
const forget = (backend: BackendName): void => {
  ready.delete(backend);
  if (findBackendFactory(backend) !== null) discard(backend);
};

const prepared = async (backend: BackendName, options: StartOptions, auto: boolean): Promise<Prepared> => {
  const before = ready.get(backend);
  if (before !== undefined && before.failure?.() === undefined) {
    await setBackend(backend);
    return before;
  }
  if (before !== undefined) forget(backend);
  const fresh = await prepare[backend](options, auto).catch((error: unknown) => {
    if (error instanceof BackendUnavailableError) throw error;
    throw new BackendUnavailableError(backend, error instanceof Error ? error.message : String(error), error);
  });
  try {
    await selfCheck(backend, { attempt: fresh.attempt });
  } catch (error) {
    discard(backend);
    throw error instanceof DeviceLostError ? new BackendUnavailableError(backend, error.message, error) : error;
  }
  ready.set(backend, fresh);
  return fresh;
};

const request = (option: string | undefined): { readonly backend: BackendName | "auto"; readonly by: string } => {
  const value = option ?? (environment(variable) || "auto");
  const where = option === undefined ? variable : "start: backend";
  const backend = choices.find((choice) => choice === value);
  if (backend === undefined) throw new UnknownBackendError(where, value, choices);
  return { backend, by: option === undefined ? `${variable} asks for it` : "asked for by name" };
};

const checkThreads = (threads: number | undefined): void => {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1)) return;
  throw new RangeError(`start: threads must be an integer of at least 1, got ${threads}; leave it out for the default`);
};

const startNow = async (options: StartOptions): Promise<Started> => {
  checkThreads(options.threads);
  const { backend: wanted, by } = request(options.backend);
  env().set("PROD", true); // silences tfjs's banner and hints
  const tried: Attempt[] = [];
  for (const backend of wanted === "auto" ? (Object.keys(prepare) as BackendName[]) : [wanted]) {
    try {
      const { detail, threads } = await prepared(backend, options, wanted === "auto");
      const because = wanted === "auto" ? tried.map((a) => `${a.backend}: ${a.reason}`).join("; ") : by;
      const why = because === "" ? detail : `${detail}; ${because}`;
      options.log?.(`backend ${backend}: ${why}`);
      return { backend, why, threads, tried: [...tried, { backend, ok: true, reason: detail }] };
    } catch (error) {
      if (wanted !== "auto" || !(error instanceof BackendUnavailableError || error instanceof SelfCheckError))
        throw error;
      if (error instanceof SelfCheckError) options.log?.(`warning: ${error.message}; trying the next one`);
      const reason = error instanceof SelfCheckError ? `fails its check in ${error.op}: ${error.reason}` : error.reason;
      tried.push({ backend, ok: false, reason });
    }
  }
  throw new NoBackendError(tried);
};

/** Starts wait for each other: there is one current backend. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Chooses, prepares and checks a tfjs backend and makes it the current one. Call it once, before the first tensor;
 * calling it again is cheap, switches where another backend is asked for, and replaces a GPU's device that was lost.
 *
 * Before a backend is trusted it has to compute known results of every op, and of the gradients that have kernels of their
 * own; on a GPU, whose drivers differ, of all gradients, at once and in recorded functions. In "auto" a backend that fails is
 * refused and the next one is taken; software renderings of WebGPU are refused as well, because our own backend is faster.
 * @returns which backend, why, and what else was tried
 * @throws UnknownBackendError if the option or NONMARKOV_BACKEND names none
 * @throws BackendUnavailableError if a backend asked for by name cannot run here
 * @throws SelfCheckError if a backend asked for by name computes a known result wrong
 * @throws NoBackendError if "auto" finds none
 * @throws RangeError if `threads` is not a positive integer
 */
export const start = (options: StartOptions = {}): Promise<Started> => {
  const now = last.then(() => startNow(options));
  last = now.catch(() => undefined);
  return now;
};
