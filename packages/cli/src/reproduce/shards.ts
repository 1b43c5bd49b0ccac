import type { TensorArray, TensorEntries } from "@nonmarkov/checkpoint";
import { readSafetensors, writeSafetensors } from "@nonmarkov/checkpoint/node";
import { FormatError } from "@nonmarkov/files";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A part of a work that is done, kept in a file: what a stopped reproduction need not do again. */
export type Shard = {
  /** First sample. */
  readonly first: number;
  /** Samples in it. */
  readonly count: number;
  /** The file's name in the folder of the work. */
  readonly file: string;
};

/** Samples in a file. */
const shardSize = 250;

/** The files that n samples of a work are kept in. */
export const shardsOf = (work: string, n: number, size: number = shardSize): readonly Shard[] =>
  Array.from({ length: Math.ceil(n / size) }, (_, i) => {
    const first = i * size;
    const count = Math.min(size, n - first);
    return { first, count, file: `${work}/${String(first).padStart(5, "0")}-${count}.safetensors` };
  });

/** Where the files of a reproduction's work lie. */
export const workFolder = (dir: string): string => join(dir, "work");

/** Those of the files that are not there yet. */
export const missing = (dir: string, shards: readonly Shard[]): readonly Shard[] =>
  shards.filter(({ file }) => !existsSync(join(workFolder(dir), file)));

/** Keeps what was computed. */
export const writeShard = async (dir: string, { file }: Shard, tensors: TensorEntries): Promise<void> => {
  const path = join(workFolder(dir), file);
  await mkdir(dirname(path), { recursive: true });
  await writeSafetensors(path, tensors);
};

/**
 * Reads a tensor of it again.
 * @throws FormatError if the file is damaged, or has no such tensor of that many numbers
 */
export const readShard = async (dir: string, { file }: Shard, name: string, length: number): Promise<TensorArray> => {
  const path = join(workFolder(dir), file);
  const { tensors } = await readSafetensors(path);
  const data = tensors.find(([known]) => known === name)?.[1].data;
  if (data !== undefined && data.length === length) return data;
  throw new FormatError({
    where: path,
    what: `must hold a tensor ${name} of ${length} numbers`,
    found: data === undefined ? "none" : `${data.length}`,
    fix: "remove the file, and it is made again",
  });
};
