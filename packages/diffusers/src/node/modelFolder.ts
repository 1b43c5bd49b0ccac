import { insideFolder, readJson, readText } from "@nonmarkov/checkpoint/node";
import { FormatError } from "@nonmarkov/files";
import { naming } from "@nonmarkov/files/node";
import { readdir, stat } from "node:fs/promises";
import { z } from "zod";
import { shown } from "../unet/shown.ts";

/** A folder's parts, found and checked, nothing read yet but their names. */
export type ModelFolder = {
  /** Names of the folders from the one given to that of the network. */
  readonly unet: readonly string[];
  /** The class of the pipeline, where the folder is one. */
  readonly pipeline?: string;
  /** The text of the scheduler's configuration, where the folder is a pipeline with one. */
  readonly scheduler?: string;
};

const PICKLE = /\.(bin|ckpt|pt|pth|pkl|pickle)$/i;

/** Refuses a file of Python's pickle format. */
export const refusePickle = (where: string): never => {
  throw new FormatError({
    where,
    what: "must be a safetensors file",
    found: "a pickle, which runs whatever program it holds when it is read",
    fix:
      "convert it with Python, where you trust it: UNet2DModel.from_pretrained(folder, use_safetensors=False)" +
      ".save_pretrained(folder)",
  });
};

/** Whether a name ends as those of pickles do. */
export const isPickle = (name: string): boolean => PICKLE.test(name);

const component = z.tuple([z.string().nullable(), z.string().nullable()]);

const readIndex = async (folder: string): Promise<ModelFolder> => {
  const where = await insideFolder(folder, "model_index.json");
  const index = await readJson(where, (value) => z.record(z.string(), z.unknown()).parse(value));
  const fail = (what: string, found: string): never => {
    throw new FormatError({ where, what, found, fix: "only pipelines of one UNet2DModel and a scheduler can be read" });
  };
  const entries = Object.entries(index).filter(([name]) => !name.startsWith("_"));
  const parts = new Map(
    entries.flatMap(([name, value]) => {
      const parsed = component.safeParse(value);
      if (!parsed.success) return fail(`"${name}" must be a pair of a library and a class`, shown(value));
      const [library, className] = parsed.data;
      if (library === null && className === null) return [];
      if (name !== "unet" && name !== "scheduler")
        return fail("must have no parts but unet and scheduler", shown(name));
      if (library !== "diffusers") return fail(`"${name}" must come from diffusers`, shown(value));
      return [[name, className ?? ""] as const];
    }),
  );
  if (parts.get("unet") !== "UNet2DModel") fail('"unet" must be a UNet2DModel', shown(parts.get("unet") ?? null));
  const pipeline = index._class_name;
  if (typeof pipeline !== "string") return fail("_class_name must name the pipeline", shown(pipeline));
  if (!parts.has("scheduler")) return { unet: ["unet"], pipeline };
  const path = await insideFolder(folder, "scheduler", "scheduler_config.json");
  return { unet: ["unet"], pipeline, scheduler: await readText(path) };
};

/**
 * Finds out what a folder is: a pipeline, by its model_index.json, or a network, by its config.json.
 * @throws FormatError if it is neither, or a file (and why a pickle is not read), or a pipeline with other parts
 * @throws FileError if it cannot be read
 */
export const openModelFolder = async (folder: string): Promise<ModelFolder> => {
  const what = "must be a folder with config.json or model_index.json";
  const entry = await naming(folder, what, () => stat(folder));
  if (!entry.isDirectory()) {
    if (isPickle(folder)) return refusePickle(folder);
    throw new FormatError({ where: folder, what, found: "a file", fix: "give the folder that it lies in" });
  }
  const names = await naming(folder, what, () => readdir(folder));
  if (names.includes("model_index.json")) return readIndex(folder);
  if (names.includes("config.json")) return { unet: [] };
  throw new FormatError({
    where: folder,
    what,
    found: names.length === 0 ? "an empty folder" : names.slice(0, 10).join(", "),
    fix: "give the folder of a network or a pipeline, as diffusers' save_pretrained makes it",
  });
};
