import { FormatError } from "@nonmarkov/files";
import { type FileContent, naming, syncFolder, writeNewFile } from "@nonmarkov/files/node";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { TensorEntries } from "../tensorData.ts";
import { parseJson, type Json, type Parse } from "./json.ts";
import { makeFolder } from "./makeFolder.ts";
import { readSafetensors } from "./readSafetensors.ts";
import { safetensorsPieces, type TensorSources } from "./writeSafetensors.ts";

/** A trained model that is handed on: what it is, where it comes from, and its weights. */
export type ModelSource = {
  /** What the network is, as plain JSON data. */
  readonly config: Json;
  /** How it came to be, as plain JSON data. */
  readonly about: Json;
  /** Its parameters as a flattened tree. */
  readonly tensors: TensorSources;
  /** Further files by name, such as a card and its pictures. */
  readonly files?: Readonly<Record<string, FileContent>>;
};

const envelope = z.object({
  format: z.literal("nonmarkov-model"),
  version: z.literal(1),
  config: z.unknown(),
  about: z.unknown(),
});
const anyFormat = z.object({ format: z.string() });

const configPath = (dir: string): string => join(dir, "config.json");
const weightsPath = (dir: string): string => join(dir, "model.safetensors");

/**
 * Writes a model folder: config.json, model.safetensors and the further files. It appears whole or not at all; an existing
 * folder is refused, unless `overwrite`: then it is replaced.
 * @throws FileError with code "ENOTEMPTY" or "EEXIST" if the folder exists; other codes if the system refuses
 */
export const saveModel = (
  dir: string,
  { config, about, tensors, files = {} }: ModelSource,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> =>
  naming(dir, "must be a new folder that can be made", async () => {
    await mkdir(dirname(dir), { recursive: true });
    const text = JSON.stringify({ format: "nonmarkov-model", version: 1, config, about }, null, 2);
    await makeFolder(
      dir,
      async (folder) => {
        await writeNewFile(configPath(folder), `${text}\n`);
        await writeNewFile(weightsPath(folder), safetensorsPieces(tensors, {}));
        for (const [name, content] of Object.entries(files)) await writeNewFile(join(folder, name), content);
      },
      { replace: overwrite },
    );
    await syncFolder(dirname(dir));
  });

const configText = (dir: string): Promise<string> =>
  naming(configPath(dir), "must be a model's or run's config.json", () => readFile(configPath(dir), "utf8"));

/**
 * Whether a folder holds a model, written by {@link saveModel}, and not a run.
 * @throws FileError, FormatError if it has no config.json that could be either's
 */
export const isModel = async (dir: string): Promise<boolean> =>
  parseJson(await configText(dir), configPath(dir), (value) => anyFormat.parse(value).format === "nonmarkov-model");

/**
 * What a model folder says of its model.
 * @param parse checks config and about and gives them their types, or throws
 * @throws FileError if there is no config.json
 * @throws FormatError if it is not a model's, or `parse` throws
 */
export const readModel = async <T>(dir: string, parse: Parse<T>): Promise<T> =>
  parseJson(await configText(dir), configPath(dir), (value) => {
    const { config, about } = envelope.parse(value);
    return parse({ config, about });
  });

/**
 * The weights of a model folder.
 * @throws FileError, FormatError if model.safetensors is missing or damaged
 */
export const readModelWeights = async (dir: string): Promise<TensorEntries> => {
  const { tensors } = await readSafetensors(weightsPath(dir));
  if (tensors.length > 0) return tensors;
  throw new FormatError({
    where: weightsPath(dir),
    what: "must hold the model's parameters",
    found: "none",
    fix: "export the model again",
  });
};
