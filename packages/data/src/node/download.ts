import { systemCode } from "@nonmarkov/files/node";
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { clearTimeout, setTimeout } from "node:timers"; // Deno's own have no refresh
import { DownloadError } from "../downloadError.ts";
import type { MirrorFile } from "./mnistFiles.ts";

/** How far a download has come. */
export type DownloadProgress = {
  /** The file's name. */
  readonly file: string;
  /** Bytes on disk. */
  readonly received: number;
  /** Bytes of the whole file. */
  readonly total: number;
};

/** Where a file comes from and goes to. */
export type DownloadOptions = {
  /** Where to keep the file. */
  readonly folder: string;
  /** Addresses of folders that have it, tried in order. */
  readonly mirrors: readonly string[];
  /** Called as bytes come in. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download; what has come is kept for the next time. */
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which a mirror is given up; default 30,000. */
  readonly stallMs?: number;
};

/** HTTP's answer to a range that the file does not have. */
const RANGE_REFUSED = 416;

/** Requests to a mirror that was interrupted half way, before the next one is tried. */
const TRIES = 3;

/**
 * Gives the path of a file in a folder, downloading it unless it is there with the right SHA-256. It grows under the name
 * `.part` and gets its own only once it is whole and right. An interrupted download goes on where it stopped.
 * @throws DownloadError if no mirror gives the file, or it cannot be stored
 * @throws the signal's reason if it was stopped
 */
export const download = async (file: MirrorFile, options: DownloadOptions): Promise<string> => {
  const path = join(options.folder, file.name);
  const part = `${path}.part`;
  await storing(path, part, () => mkdir(options.folder, { recursive: true }));
  if ((await hashOf(path)) === file.sha256) return path;
  const attempts: string[] = [];
  for (const mirror of options.mirrors)
    for (let tries = 0; tries < TRIES; tries++) {
      options.signal?.throwIfAborted();
      const outcome = await attempt(file, `${mirror.replace(/\/?$/, "/")}${file.name}`, part, options);
      if (outcome.state === "whole") {
        await storing(path, part, () => rename(part, path));
        return path;
      }
      attempts.push(outcome.why);
      if (outcome.state === "failed") break;
    }
  throw new DownloadError(path, attempts);
};

/** What came of a request: the right file; something that may go better at once; or nothing to be had here. */
type Outcome = { readonly state: "whole" } | { readonly state: "again" | "failed"; readonly why: string };

const attempt = async (file: MirrorFile, url: string, part: string, options: DownloadOptions): Promise<Outcome> => {
  const from = await resumable(part, file.bytes);
  const stalled = new AbortController();
  const stallMs = options.stallMs ?? 30_000;
  const timer = setTimeout(() => stalled.abort(new Error(`no data for ${stallMs} ms`)), stallMs);
  const signal = options.signal === undefined ? stalled.signal : AbortSignal.any([options.signal, stalled.signal]);
  try {
    const headers = { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
    const response = await fetch(url, { headers, signal });
    const refusal = refused(response, from, file.bytes);
    if (refusal !== undefined) {
      await response.body?.cancel();
      const why = `${url}: ${refusal}`;
      return response.status === RANGE_REFUSED ? await startAgain(part, from, why) : { state: "failed", why };
    }
    const start = response.status === 206 ? from : 0;
    const received = await store(response.body!, part, start, file, (bytes) => {
      timer.refresh();
      options.onProgress?.({ file: file.name, received: bytes, total: file.bytes });
    });
    if (received < file.bytes)
      return { state: "again", why: `${url}: the connection ended after ${received} of ${file.bytes} bytes` };
    if (received === file.bytes && (await hashOf(part)) === file.sha256) return { state: "whole" };
    const what = received > file.bytes ? `more than the ${file.bytes} bytes expected` : "a wrong SHA-256";
    return await startAgain(part, start, `${url}: ${what}`);
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (error instanceof DownloadError) throw error;
    const why = `${url}: ${reasonOf(stalled.signal.aborted ? stalled.signal.reason : error)}`;
    return { state: (await resumable(part, file.bytes)) > from ? "again" : "failed", why };
  } finally {
    clearTimeout(timer);
  }
};

/** Bytes that an earlier attempt left and that this one can go on from. */
const resumable = async (part: string, total: number): Promise<number> => {
  const size = await stat(part).then(
    (stats) => stats.size,
    () => 0,
  );
  return size < total ? size : 0;
};

/** What came is dropped. If it was put onto an older part, that may be to blame. */
const startAgain = async (part: string, resumedFrom: number, why: string): Promise<Outcome> => {
  await rm(part, { force: true });
  return { state: resumedFrom > 0 ? "again" : "failed", why };
};

/** Why an answer cannot be the file, before its body is read. */
const refused = (response: Response, from: number, total: number): string | undefined => {
  const { status, headers } = response;
  if (status !== 200 && !(status === 206 && from > 0)) return `status ${status} ${response.statusText}`.trimEnd();
  if (response.body === null) return "an empty answer";
  const range = headers.get("content-range");
  if (status === 206 && range !== `bytes ${from}-${total - 1}/${total}`) return `a wrong range, ${range}`;
  const length = headers.get("content-length");
  const expected = status === 206 ? total - from : total;
  return length !== null && Number(length) !== expected
    ? `a length of ${length} instead of ${expected} bytes`
    : undefined;
};

/** Appends the body to the part file from a byte on, until it ends or passes the file's size; returns the size then. */
const store = async (
  body: ReadableStream<Uint8Array>,
  part: string,
  from: number,
  { bytes }: MirrorFile,
  onBytes: (received: number) => void,
): Promise<number> => {
  const handle = await storing(part, part, () => open(part, from > 0 ? "r+" : "w"));
  let received = from;
  try {
    for await (const chunk of body) {
      received += chunk.length;
      if (received > bytes) return received;
      await storing(part, part, () => writeAt(handle, chunk, received - chunk.length));
      onBytes(received);
    }
    await storing(part, part, () => handle.sync());
    return received;
  } finally {
    await handle.close();
  }
};

const writeAt = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let at = 0; at < bytes.length;)
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
};

/** Touches the disk; where the system refuses, other mirrors cannot help, and the part is removed. */
const storing = async <T>(path: string, part: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    await rm(part, { force: true }).catch(() => undefined); // what refused to be written may refuse to be removed
    const why = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : "the file cannot be stored";
    throw new DownloadError(path, [`${why} (${(error as Error).message})`]);
  }
};

const hashOf = async (path: string): Promise<string | undefined> => {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes === undefined ? undefined : createHash("sha256").update(bytes).digest("hex");
};

/** fetch hides the reason, such as ECONNREFUSED, in its error's cause. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};
