import { writeFileAtomic } from "@nonmarkov/files/node";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "./errors.ts";

/**
 * Refuses to overwrite, before any work is done.
 * @throws UsageError if the file or folder exists and `force` is not given
 */
export const refuseExisting = (path: string | undefined, force: boolean | undefined): void => {
  if (path !== undefined && !force && existsSync(path))
    throw new UsageError(`${path} exists already; choose another place, or overwrite it with --force`);
};

/** Writes a file whole or not at all, making its folder where needed. */
export const writeResult = async (path: string, content: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, content);
};
