import { FormatError } from "@nonmarkov/files";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { Dataset } from "../dataset.ts";
import { horizontalFlips } from "../horizontalFlips.ts";
import { imageDataset } from "../imageDataset.ts";
import { decodeImage } from "./decodeImage.ts";
import { fitImage } from "./fitImage.ts";
import { reading } from "./reading.ts";

/** How the images of a folder become rows of one shape. */
export type ImageFolderOptions = {
  /** Height and width of every row. */
  readonly size: number;
  /** 3 for colour (default), 1 for grey. */
  readonly channels?: 1 | 3;
  /** "center" (default) cuts the largest square out of the middle; "stretch" scales both sides to the size. */
  readonly crop?: "center" | "stretch";
  /** Whether to mirror images left to right at random, anew in every epoch; default false. */
  readonly flips?: boolean;
  /** Whether each sub-folder is a class; default: whether there are any with images in them. */
  readonly classes?: boolean;
  /** The most pixels that an image may claim to have; default 100 million. */
  readonly maxPixels?: number;
};

/** A data set that also knows the names of its classes. */
export type ImageFolder = Dataset & {
  /** The sub-folders' names in the order of their labels; [] if unlabelled. */
  readonly classNames: readonly string[];
};

/**
 * The PNG and JPEG images of a folder and its sub-folders, in the order of their paths; decoded and scaled now, and held
 * as size·size·channels bytes each. Hidden files and other kinds are left out. Transparent parts become black.
 * @throws FormatError naming the file that cannot be read or decoded, or if there is no image
 * @throws RangeError if size or channels are not what they must be
 */
export const imageFolder = async (dir: string, options: ImageFolderOptions): Promise<ImageFolder> => {
  const { size, channels = 3, crop = "center", flips = false, maxPixels = 100_000_000 } = options;
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`imageFolder: size must be an integer of at least 1, got ${size}`);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`imageFolder: channels must be 1 or 3, got ${String(channels)}`);
  const { files, classNames } = await listed(dir, options.classes);
  const length = size * size * channels;
  const pixels = new Uint8Array(files.length * length);
  for (const [row, { path }] of files.entries()) {
    const image = await decodeImage(await reading(path, () => readFile(path)), path, maxPixels);
    pixels.set(fitImage(image, { size, channels, crop }), row * length);
  }
  const labels = files.map(({ label }) => label);
  const dataset = imageDataset({
    name: basename(dir),
    shape: [size, size, channels],
    pixels,
    labels,
    classes: classNames.length,
  });
  return { ...(flips ? horizontalFlips(dataset) : dataset), classNames };
};

type ImageFile = { readonly path: string; readonly label: number };

const listed = async (dir: string, classes: boolean | undefined) => {
  const own = await imagesBelow(dir, false);
  const folders = await subfolders(dir);
  const below = await Promise.all(folders.map((name) => imagesBelow(join(dir, name), true)));
  const filled = folders.filter((_, i) => below[i]!.length > 0);
  const labelled = classes ?? filled.length > 0;
  const classNames = labelled ? filled : [];
  if (labelled && own.length > 0) refuse(dir, "must hold images in sub-folders only, one for each class", own[0]!);
  const inFolders = below.filter((paths) => paths.length > 0);
  const files: ImageFile[] = [
    ...own.map((path) => ({ path, label: 0 })),
    ...inFolders.flatMap((paths, i) => paths.map((path) => ({ path, label: labelled ? i : 0 }))),
  ];
  if (files.length === 0) refuse(dir, "must hold .png, .jpg or .jpeg images", "none");
  return { files, classNames };
};

const refuse = (where: string, what: string, found: string): never => {
  throw new FormatError({ where, what, found, fix: "name another folder, or sort its files" });
};

const extensions = [".png", ".jpg", ".jpeg"];

/** Names in a folder, hidden ones left out, in an order that depends on neither system nor language. */
const visible = async (dir: string): Promise<readonly string[]> =>
  (await reading(dir, () => readdir(dir))).filter((name) => !name.startsWith(".")).sort();

const isFolder = async (path: string): Promise<boolean> => (await reading(path, () => stat(path))).isDirectory();

const subfolders = async (dir: string): Promise<readonly string[]> => {
  const names = await visible(dir);
  const are = await Promise.all(names.map((name) => isFolder(join(dir, name))));
  return names.filter((_, i) => are[i]);
};

const imagesBelow = async (dir: string, deep: boolean): Promise<readonly string[]> => {
  const paths: string[] = [];
  for (const name of await visible(dir)) {
    const path = join(dir, name);
    if (await isFolder(path)) {
      if (deep) paths.push(...(await imagesBelow(path, true)));
    } else if (extensions.includes(extname(name).toLowerCase())) paths.push(path);
  }
  return paths;
};
