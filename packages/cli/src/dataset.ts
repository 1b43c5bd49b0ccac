import {
  checkerboard,
  type Dataset,
  eightGaussians,
  glyphs,
  holdOut,
  horizontalFlips,
  moons,
  pad,
  pinwheel,
  rings,
  swissRoll,
} from "@nonmarkov/data";
import { homedir } from "node:os";
import { join } from "node:path";
import type { toyNames } from "./options/data-spec.ts";
import type { Output } from "./output.ts";
import { progress } from "./progress.ts";
import type { RunConfig } from "./run-config.ts";
import { usage } from "./usage.ts";

const toys: Readonly<Record<(typeof toyNames)[number], { readonly dataset: Dataset }>> = {
  swissRoll,
  moons,
  rings,
  checkerboard,
  eightGaussians,
  pinwheel,
};

/** Where downloaded data are kept: NONMARKOV_CACHE, else the user's cache folder. */
const cacheDir = (): string =>
  process.env["NONMARKOV_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "nonmarkov");

const downloadedMnist = async (split: "train" | "test", out: Output): Promise<Dataset> => {
  const { mnist } = await import("@nonmarkov/data/node");
  const bar = progress(out, "download");
  try {
    return await mnist({
      split,
      cacheDir: join(cacheDir(), "mnist"),
      onProgress: ({ received, total, file }) => bar.update(total ? received / total : 0, file),
    });
  } finally {
    bar.stop();
  }
};

/** Readers are loaded when they are needed: drawn data start without an image library. */
const fromFiles = async (
  { name, dir, split, size = 32 }: RunConfig["data"] & { readonly name: "mnist" | "cifar10" | "images" },
  out: Output,
): Promise<Dataset> => {
  if (dir === undefined) return downloadedMnist(split ?? "train", out);
  const { cifar10, imageFolder, mnist } = await import("@nonmarkov/data/node");
  return name === "mnist"
    ? mnist({ dir, ...(split === undefined ? {} : { split }) })
    : name === "cifar10"
      ? cifar10(dir)
      : imageFolder(dir, { size });
};

/** All rows, as they lie in the files or are drawn. */
const openAll = async (data: RunConfig["data"], out: Output): Promise<Dataset> => {
  const { name, size } = data;
  if (name === "glyphs") return usage(() => glyphs(size === undefined ? {} : { size }));
  if (name !== "mnist" && name !== "cifar10" && name !== "images") return toys[name].dataset;
  return fromFiles({ ...data, name }, out);
};

/** A data set as a configuration names it, in its two parts. */
export type Opened = {
  /** What is trained on. */
  readonly train: Dataset;
  /** The rows that were set aside, never mirrored; undefined where none were. */
  readonly heldOut: Dataset | undefined;
};

/**
 * The data that a configuration names.
 * @throws the typed errors of the data package if files are missing, damaged or lying
 * @throws UsageError if they cannot be padded or parted as asked for
 */
export const openParts = async (data: RunConfig["data"], out: Output): Promise<Opened> => {
  const all = await openAll(data, out);
  return usage(() => {
    const padded = data.pad === undefined ? all : pad(all, data.pad);
    const { train, heldOut } =
      data.holdOut === undefined ? { train: padded, heldOut: undefined } : holdOut(padded, data.holdOut);
    return { train: data.flip ? horizontalFlips(train) : train, heldOut };
  });
};

/** The part of the data that is trained on, see {@link openParts}. */
export const openDataset = async (data: RunConfig["data"], out: Output): Promise<Dataset> =>
  (await openParts(data, out)).train;
