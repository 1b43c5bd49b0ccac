import type { FileHandle } from "node:fs/promises";

/** One system call takes at most 2 GiB; what it leaves is written by the next. */
const PIECE = 2 ** 28;

/** Appends all of the bytes to an open file. */
export const writeAll = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(PIECE, bytes.length - at), null);
    at += bytesWritten;
  }
};
