import { isTemporary, naming, syncFolder, writeFileAtomic } from "@nonmarkov/files/node";
import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { checkpointName } from "./checkpointName.ts";
import { parseJson, type Json, type Parse } from "./json.ts";

/** The envelope of config.json: what the folder is, and the configuration of whoever made it. */
const envelope = z.object({ format: z.literal("nonmarkov-run"), version: z.literal(1), config: z.unknown() });

const configPath = (dir: string): string => join(dir, "config.json");

/**
 * Makes a run folder with its config.json. An existing folder is refused, unless `overwrite`: then the files of the
 * earlier run in it (config.json, log.jsonl, sessions.jsonl, checkpoints) are removed, and nothing else.
 * @param config what the run needs to be resumed or sampled; plain JSON data
 * @throws FileError with code "EEXIST" if the folder exists; other codes if the system refuses
 */
export const createRun = (dir: string, config: Json, { overwrite = false } = {}): Promise<void> =>
  naming(dir, "must be a new folder that can be made", async () => {
    await mkdir(dirname(dir), { recursive: true });
    if (overwrite) {
      await mkdir(dir, { recursive: true });
      await removeRun(dir);
    } else await mkdir(dir);
    const text = JSON.stringify({ format: "nonmarkov-run", version: 1, config }, null, 2);
    await writeFileAtomic(configPath(dir), `${text}\n`);
    await syncFolder(dirname(dir));
  });

/** config.json goes first: a folder without it is no run, however far the removal came. */
const removeRun = async (dir: string): Promise<void> => {
  await rm(configPath(dir), { force: true });
  const ours = (name: string): boolean =>
    name === "log.jsonl" || name === "sessions.jsonl" || checkpointName.parse(name) !== undefined || isTemporary(name);
  for (const name of (await readdir(dir)).filter(ours)) await rm(join(dir, name), { recursive: true, force: true });
};

/**
 * The configuration of a run folder.
 * @param parse checks the configuration and gives it its type, or throws; a zod schema's `parse` is one
 * @throws FileError if there is no such file
 * @throws FormatError if it is not a run's config.json, or `parse` throws
 */
export const readConfig = async <T>(dir: string, parse: Parse<T>): Promise<T> => {
  const path = configPath(dir);
  const text = await naming(path, "must be a run's config.json", () => readFile(path, "utf8"));
  return parseJson(text, path, (value) => parse(envelope.parse(value).config));
};
