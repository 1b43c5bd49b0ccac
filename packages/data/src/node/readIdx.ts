import { FormatError } from "@nonmarkov/files";
import { open, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, gunzip, type ZlibOptions } from "node:zlib";
import { checkIdxSize, MAX_IDX_HEADER, parseIdx, parseIdxHeader, type Idx } from "../parseIdx.ts";
import { reading } from "./reading.ts";

/**
 * Reads an IDX file, plain or compressed by gzip (told by its first bytes, not its name). The header's claim is checked
 * against the file's size before the elements are read; unpacking stops where the claim is passed.
 * @throws FormatError if the file is missing, is no IDX file, or its size is not what the header says
 */
export const readIdx = (path: string): Promise<Idx> =>
  reading(path, async () => {
    const { start, size } = await firstBytes(path);
    if (start[0] === 0x1f && start[1] === 0x8b) return parseIdx(await unpacked(await readFile(path), path), path);
    checkIdxSize(parseIdxHeader(start, path), size, path);
    return parseIdx(await readFile(path), path);
  });

const firstBytes = async (path: string): Promise<{ readonly start: Uint8Array; readonly size: number }> => {
  const handle = await open(path, "r");
  try {
    const start = new Uint8Array(MAX_IDX_HEADER);
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    return { start: start.subarray(0, bytesRead), size: (await handle.stat()).size };
  } finally {
    await handle.close();
  }
};

/** Deflate cannot shrink data further than this. */
const MAX_RATIO = 1032;

/** Packed bytes that hold an IDX header whatever their ratio: gzip's own header may carry a name. */
const HEAD = 4096;

const unpacked = async (packed: Uint8Array, path: string): Promise<Uint8Array> => {
  const head = await gunzipped(packed.subarray(0, HEAD), path, { finishFlush: constants.Z_SYNC_FLUSH });
  // so little that nothing comes out: unpacked strictly, it says so itself
  if (head.length === 0) await gunzipped(packed, path, { maxOutputLength: HEAD });
  const header = parseIdxHeader(head, path);
  if (header.totalBytes > MAX_RATIO * packed.length)
    checkIdxSize(header, MAX_RATIO * packed.length, path, " at most in this packed file");
  const content = await gunzipped(packed, path, { maxOutputLength: Math.max(1, header.totalBytes) }, () =>
    checkIdxSize(header, header.totalBytes + 1, path, " or more"),
  );
  checkIdxSize(header, content.length, path);
  return content;
};

const gunzipped = async (
  packed: Uint8Array,
  path: string,
  options: ZlibOptions,
  tooLong: () => void = () => undefined,
): Promise<Uint8Array> => {
  try {
    return await promisify<Uint8Array, ZlibOptions, Uint8Array>(gunzip)(packed, options);
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE") tooLong();
    throw new FormatError(
      { where: path, what: "must be whole gzip data", found: message, fix: "download or copy the file again" },
      { cause: error },
    );
  }
};
