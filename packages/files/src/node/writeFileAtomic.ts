import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "./syncFolder.ts";
import { naming } from "./systemError.ts";
import { writeAll } from "./writeAll.ts";

/** What a file is to hold: a text, bytes, or pieces made one after the other. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>;

async function* pieces(content: FileContent): AsyncIterable<Uint8Array> {
  if (typeof content === "string") yield new TextEncoder().encode(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}

/** Writes a new file and makes its bytes durable; its name is not yet: see syncFolder. Leaves nothing where it fails. */
export const writeNewFile = async (path: string, content: FileContent): Promise<void> => {
  const handle = await open(path, "wx");
  try {
    for await (const piece of pieces(content)) await writeAll(handle, piece);
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => undefined); // closed already where closing failed; the first error counts
    await rm(path, { force: true });
    throw error;
  }
};

/** A hidden name beside a path, which nobody else uses: what is made there can be renamed to the path. */
export const temporaryBeside = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);

/** Whether a name in a folder was made by temporaryBeside: after a kill such files and folders are left over. */
export const isTemporary = (name: string): boolean => /^\..+\.[0-9a-f-]{36}\.tmp$/.test(name);

/**
 * Writes a file so that a reader, at any moment and after any crash, finds the old content or the new, whole: under a
 * temporary name in the same folder, fsync, rename, fsync of the folder. Where it fails nothing is left behind.
 * @throws FileError if the system refuses; code "ENOSPC" is a full disk
 */
export const writeFileAtomic = (path: string, content: FileContent): Promise<void> =>
  naming(path, "must be writable", async () => {
    const temporary = temporaryBeside(path);
    await writeNewFile(temporary, content);
    try {
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });
