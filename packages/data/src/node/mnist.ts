import { FormatError } from "@nonmarkov/files";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../dataset.ts";
import { imageDataset } from "../imageDataset.ts";
import { pad } from "../pad.ts";
import type { Idx } from "../parseIdx.ts";
import { download, type DownloadProgress } from "./download.ts";
import { mnistFiles, mnistMirrors, type MnistFiles, type MnistSplit } from "./mnistFiles.ts";
import { readIdx } from "./readIdx.ts";
import { reading } from "./reading.ts";

/** Where MNIST comes from, and which part of it. */
export type MnistOptions = {
  /** A folder with the IDX files, plain or .gz; nothing is downloaded. */
  readonly dir?: string;
  /** Without `dir`: where downloads are kept; default nonmarkov/mnist in the user's cache folder. */
  readonly cacheDir?: string;
  /** Folders to download from, tried in order; default public mirrors. */
  readonly mirrors?: readonly string[];
  /** The files to download; default the published ones. */
  readonly files?: MnistFiles;
  /** Called as bytes are downloaded. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download; what has come is kept for the next time. */
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which a mirror is given up; default 30,000. */
  readonly stallMs?: number;
  /** Default "train"; for a folder that has only the t10k-* files "test". */
  readonly split?: MnistSplit;
  /** Height and width to pad the images to, with black; default as they are, 28. */
  readonly padTo?: number;
};

/**
 * MNIST: labelled handwritten digits [28, 28, 1]. Read from a folder, or downloaded once into a cache, with SHA-256 checked.
 * @throws FormatError if a file is missing or damaged, or images and labels do not fit each other
 * @throws DownloadError if no mirror gives the files
 */
export const mnist = async (options: MnistOptions = {}): Promise<Dataset> => {
  const { images, labels, name } =
    options.dir === undefined ? await downloaded(options) : await found(options.dir, options.split);
  const dataset = combined(name, images, await readIdx(images), labels, await readIdx(labels));
  return options.padTo === undefined ? dataset : pad(dataset, options.padTo);
};

/** Paths of the two files, and what to call the data. */
type Pair = { readonly name: string; readonly images: string; readonly labels: string };

const downloaded = async ({
  cacheDir = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "nonmarkov", "mnist"),
  mirrors = mnistMirrors,
  files = mnistFiles,
  split = "train",
  ...options
}: MnistOptions): Promise<Pair> => {
  const get = (file: (typeof files)[MnistSplit]["images"]) => download(file, { ...options, folder: cacheDir, mirrors });
  return { name: `mnist-${split}`, images: await get(files[split].images), labels: await get(files[split].labels) };
};

const prefixes = { train: "train", test: "t10k" } as const;

const found = async (dir: string, split?: MnistSplit): Promise<Pair> => {
  const names = await reading(dir, () => readdir(dir));
  const path = (part: MnistSplit, kind: string): string | undefined => {
    const name = new RegExp(`^${prefixes[part]}-${kind}[-.]idx\\d-ubyte(\\.gz)?$`);
    const match = names.filter((candidate) => name.test(candidate)).sort()[0];
    return match === undefined ? undefined : join(dir, match);
  };
  for (const part of split === undefined ? (["train", "test"] as const) : [split]) {
    const images = path(part, "images");
    const labels = path(part, "labels");
    if (images !== undefined && labels !== undefined) return { name: `mnist-${part}`, images, labels };
  }
  throw new FormatError({
    where: dir,
    what: `must hold ${split === undefined ? "train-* or t10k-*" : `${prefixes[split]}-*`} pairs of images-idx3-ubyte and labels-idx1-ubyte, plain or .gz`,
    found: names.length === 0 ? "an empty folder" : names.slice(0, 5).join(", "),
    fix: "name the folder that holds them, or none to download them",
  });
};

const combined = (name: string, imagesPath: string, images: Idx, labelsPath: string, labels: Idx): Dataset => {
  const refuse = (where: string, what: string, found: unknown): never => {
    throw new FormatError({ where, what, found: String(found), fix: "use the files of one MNIST-like data set" });
  };
  const [size, height, width] = images.shape;
  const { data: pixels } = images;
  if (images.shape.length !== 3 || !(pixels instanceof Uint8Array))
    return refuse(imagesPath, "must hold bytes [images, height, width]", `[${images.shape.join(", ")}]`);
  if (labels.shape.length !== 1 || !(labels.data instanceof Uint8Array))
    return refuse(labelsPath, "must hold bytes [labels]", `[${labels.shape.join(", ")}]`);
  if (labels.shape[0] !== size || size === 0)
    refuse(labelsPath, `must have one label for each of ${size} images`, labels.shape[0]);
  const wrong = labels.data.find((label) => label > 9);
  if (wrong !== undefined) refuse(labelsPath, "must have labels 0..9", wrong);
  return imageDataset({ name, shape: [height!, width!, 1], pixels, labels: labels.data, classes: 10 });
};
