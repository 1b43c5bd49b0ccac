import { insideFolder, openSafetensors, openShards, type SafetensorsFile } from "@nonmarkov/checkpoint/node";
import { FormatError } from "@nonmarkov/files";
import { naming } from "@nonmarkov/files/node";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isPickle, refusePickle } from "./modelFolder.ts";

const STEM = "diffusion_pytorch_model";

/**
 * Opens a network's weights: one file, or several with an index, which goes first.
 * @param root the folder that no link may lead out of
 * @param way names of the folders from there to that of the weights
 * @param variant such as "fp16", a part of the files' names
 * @returns the open weights, and their path
 * @throws FormatError if there are none, or only pickles; or as `openSafetensors` and `openShards`
 */
export const openWeights = async (
  root: string,
  way: readonly string[],
  variant: string | undefined,
): Promise<{ readonly file: SafetensorsFile; readonly path: string }> => {
  const folder = join(root, ...way);
  const names = await naming(folder, "must be a readable folder", () => readdir(folder));
  const part = variant === undefined ? "" : `.${variant}`;
  const [index, whole] = [`${STEM}.safetensors.index${part}.json`, `${STEM}${part}.safetensors`];
  const [first = whole, ...rest] = [...way, names.includes(index) ? index : whole];
  if (names.includes(index)) {
    const path = await insideFolder(root, first, ...rest);
    return { file: await openShards(path), path };
  }
  if (names.includes(whole)) {
    const path = await insideFolder(root, first, ...rest);
    return { file: await openSafetensors(path), path };
  }
  const pickle = names.find(isPickle);
  const others = names.filter((name) => name.endsWith(".safetensors"));
  if (pickle !== undefined && others.length === 0) return refusePickle(join(folder, pickle));
  throw new FormatError({
    where: folder,
    what: `must hold ${whole} or ${index}`,
    found: others.slice(0, 10).join(", ") || "no weights",
    fix: "copy all files of the network, or choose the variant that is there",
  });
};
