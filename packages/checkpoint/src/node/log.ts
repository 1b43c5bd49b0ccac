import { FormatError } from "@nonmarkov/files";
import { naming, systemCode, writeAll } from "@nonmarkov/files/node";
import { open, readFile, truncate, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Json } from "./json.ts";

/** One line of a run's log: what was measured after a training step. */
export type LogRecord = {
  /** The training step. */
  readonly step: number;
  /** Anything else that was measured. */
  readonly [field: string]: Json;
};

const recordSchema = z.looseObject({ step: z.number() });
const NEWLINE = 10;

/** The log file of a run folder. */
const logPath = (dir: string): string => join(dir, "log.jsonl");

/**
 * Appends a line to the run's log.jsonl. A torn last line, left by a kill, is removed first.
 * @throws FileError if the system refuses; code "ENOSPC" is a full disk
 */
export const appendLog = (dir: string, record: LogRecord): Promise<void> =>
  naming(logPath(dir), "must be writable", async () => {
    const handle = await open(logPath(dir), "a+");
    try {
      await removeTornLine(handle);
      await writeAll(handle, new TextEncoder().encode(`${JSON.stringify(record)}\n`));
    } finally {
      await handle.close();
    }
  });

const removeTornLine = async (handle: FileHandle): Promise<void> => {
  const { size } = await handle.stat();
  const last = new Uint8Array(1);
  if (size === 0 || ((await handle.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] === NEWLINE)) return;
  const bytes = new Uint8Array(size);
  const { bytesRead } = await handle.read(bytes, 0, size, 0);
  await handle.truncate(bytes.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1);
};

/** A record and the byte at which its line begins. */
type Line = { readonly record: LogRecord; readonly begin: number };

const readLines = async (dir: string): Promise<readonly Line[]> => {
  const path = logPath(dir);
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return new Uint8Array(0);
    throw error;
  });
  const lines: Line[] = [];
  for (let begin = 0, end: number; (end = bytes.indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
    const record = parseRecord(new TextDecoder().decode(bytes.subarray(begin, end)));
    if (record !== undefined) lines.push({ record, begin });
    else if (end + 1 < bytes.length)
      throw new FormatError({
        where: `${path}: line ${lines.length + 1}`,
        what: "must be a JSON object with a step",
        found: JSON.stringify(new TextDecoder().decode(bytes.subarray(begin, Math.min(end, begin + 60)))),
        fix: "remove the line",
      });
  }
  return lines;
};

const parseRecord = (line: string): LogRecord | undefined => {
  try {
    return recordSchema.parse(JSON.parse(line)) as LogRecord;
  } catch {
    return undefined;
  }
};

/**
 * The records of a run's log, in order; none where there is no log yet. A torn last line is left out.
 * @throws FormatError if a line before the last is not a record
 */
export const readLog = async (dir: string): Promise<readonly LogRecord[]> =>
  naming(logPath(dir), "must be readable", async () => (await readLines(dir)).map(({ record }) => record));

/**
 * Cuts the log back to a step, before training goes on from there: the first record of a later step, and all that
 * follows, is removed.
 * @throws FormatError if a line before the last is not a record
 */
export const truncateLog = (dir: string, step: number): Promise<void> =>
  naming(logPath(dir), "must be writable", async () => {
    const later = (await readLines(dir)).find(({ record }) => record.step > step);
    if (later !== undefined) await truncate(logPath(dir), later.begin);
  });
