import { FormatError } from "@nonmarkov/files";
import { naming } from "@nonmarkov/files/node";
import { open, type FileHandle } from "node:fs/promises";
import { tensorOf, type Safetensors } from "../safetensors.ts";
import { headerLength, parseHeader, type TensorInfo } from "../safetensorsHeader.ts";
import type { TensorData } from "../tensorData.ts";

/** An open safetensors file whose header was read and checked; close it when done. */
export type SafetensorsFile = {
  /** The file's free texts. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What tensors there are, in the order of their bytes. */
  readonly tensors: readonly TensorInfo[];
  /** Reads one tensor. Throws RangeError if there is none of that name, FormatError if the file has shrunk. */
  readonly read: (name: string) => Promise<TensorData>;
  /** Closes the file. */
  readonly close: () => Promise<void>;
};

/** One system call gives at most 2 GiB. */
const PIECE = 2 ** 28;

/**
 * Opens a safetensors file and reads its header only; the tensors are then read one at a time.
 * @throws FormatError if the header is damaged or lies, before anything is allocated
 * @throws FileError if the file cannot be read
 */
export const openSafetensors = (path: string): Promise<SafetensorsFile> =>
  naming(path, "must be a readable file", async () => {
    const handle = await open(path, "r");
    try {
      const { metadata, tensors } = await readHeader(handle, path);
      const byName = new Map(tensors.map((info) => [info.name, info]));
      return {
        metadata,
        tensors,
        read: (name) =>
          naming(path, "must be a readable file", () => readTensor(handle, named(byName, name, path), path)),
        close: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });

/**
 * Reads a safetensors file, each tensor straight into its own array.
 * @param names which tensors to read; default all
 * @throws FormatError if the header is damaged or lies, before anything is allocated
 * @throws FileError if the file cannot be read
 * @throws RangeError if a tensor asked for is not in the file
 */
export const readSafetensors = async (path: string, names?: readonly string[]): Promise<Safetensors> => {
  const file = await openSafetensors(path);
  try {
    const tensors: (readonly [string, TensorData])[] = [];
    for (const name of names ?? file.tensors.map((info) => info.name)) tensors.push([name, await file.read(name)]);
    return { metadata: file.metadata, tensors };
  } finally {
    await file.close();
  }
};

const readHeader = async (handle: FileHandle, path: string) => {
  const { size } = await handle.stat();
  const start = await readBytes(handle, 0, Math.min(8, size), path);
  const length = headerLength(start, size, path);
  return parseHeader(await readBytes(handle, 8, length, path), size, path);
};

const named = (byName: ReadonlyMap<string, TensorInfo>, name: string, path: string): TensorInfo => {
  const info = byName.get(name);
  if (info !== undefined) return info;
  const some = [...byName.keys()].slice(0, 5).join(", ");
  throw new RangeError(
    `${path}: must have a tensor ${JSON.stringify(name)}, got ${byName.size} others; such as ${some}`,
  );
};

const readTensor = async (handle: FileHandle, info: TensorInfo, path: string): Promise<TensorData> =>
  tensorOf(info, await readBytes(handle, info.begin, info.end - info.begin, path));

/** Bytes from..from + length - 1, in a buffer of their own. */
const readBytes = async (handle: FileHandle, from: number, length: number, path: string): Promise<Uint8Array> => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(PIECE, length - at), from + at);
    if (bytesRead === 0)
      throw new FormatError({
        where: path,
        what: `must not shrink while it is read, ${from + length} bytes are needed`,
        found: `${from + at}`,
        fix: "let nothing write to it meanwhile, and read it again",
      });
    at += bytesRead;
  }
  return bytes;
};
