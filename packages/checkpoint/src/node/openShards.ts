import { FormatError } from "@nonmarkov/files";
import { dirname } from "node:path";
import { z } from "zod";
import { insideFolder } from "./insideFolder.ts";
import { readJson } from "./readJson.ts";
import { openSafetensors, type SafetensorsFile } from "./readSafetensors.ts";

const indexFile = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Opens tensors that are spread over several safetensors files, by the index that names them
 * (`<name>.safetensors.index.json`, whose `weight_map` gives each tensor's file in the same folder). Only headers are read,
 * and compared with the index; the tensors are then read one at a time, as if they were of one file.
 * @throws FormatError if the index is damaged, names files elsewhere, or does not say what the files hold; or if one of their
 *   headers is damaged
 * @throws FileError if a file cannot be read
 */
export const openShards = async (index: string): Promise<SafetensorsFile> => {
  const { weight_map } = await readJson(index, (value) => indexFile.parse(value));
  const fileOf = new Map(Object.entries(weight_map));
  const names = [...new Set(fileOf.values())].sort();
  const shards = new Map<string, SafetensorsFile>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const name of names) shards.set(name, await openSafetensors(await insideFolder(dirname(index), name)));
    checkMap(index, fileOf, shards);
  } catch (error) {
    await close();
    throw error;
  }
  const files = [...shards.values()];
  return {
    metadata: Object.assign({}, ...files.map(({ metadata }) => metadata)) as Readonly<Record<string, string>>,
    tensors: files.flatMap(({ tensors }) => tensors),
    read: async (name) => {
      const shard = shards.get(fileOf.get(name) ?? "");
      if (shard !== undefined) return shard.read(name);
      throw new RangeError(`${index}: must name a tensor ${JSON.stringify(name)}, got ${fileOf.size} others`);
    },
    close,
  };
};

/** Every tensor lies in the file that the index names, and in no other. */
const checkMap = (
  index: string,
  fileOf: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, SafetensorsFile>,
): void => {
  const places = [...shards].flatMap(([file, { tensors }]) => tensors.map(({ name }) => ({ name, file })));
  const astray = places.find(({ name, file }) => fileOf.get(name) !== file);
  const found = new Set(places.map(({ name }) => name));
  const lost = [...fileOf.keys()].find((name) => !found.has(name));
  if (astray === undefined && lost === undefined) return;
  throw new FormatError({
    where: index,
    what: "must name the file of every tensor",
    found:
      astray === undefined
        ? `${JSON.stringify(lost)}, which is not in ${fileOf.get(lost!)}`
        : `${JSON.stringify(astray.name)} in ${astray.file}, which the index has ${whereabouts(fileOf.get(astray.name))}`,
    fix: "copy the model again, with all of its files",
  });
};

const whereabouts = (file: string | undefined): string => (file === undefined ? "nowhere" : `in ${file}`);
