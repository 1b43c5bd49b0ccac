import { FormatError } from "@nonmarkov/files";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../dataset.ts";
import { imageDataset } from "../imageDataset.ts";
import { reading } from "./reading.ts";

const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE;

/** CIFAR-10's classes, in the order of their labels. */
export const cifar10Classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/**
 * CIFAR-10 from the folder of its binary version, or the one above: colour images [32, 32, 3] of ten classes.
 * @param split "train" (default): data_batch_1.bin to data_batch_5.bin, as many as there are; or "test": test_batch.bin
 * @throws FormatError if files are missing, are not whole records of 3,073 bytes, or have labels beyond 9
 */
export const cifar10 = async (
  dir: string,
  { split = "train" }: { readonly split?: "train" | "test" } = {},
): Promise<Dataset> => {
  const paths = await batchPaths(dir, split);
  const sizes = await Promise.all(paths.map(recordCount));
  const size = sizes.reduce((a, b) => a + b, 0);
  const pixels = new Uint8Array(size * 3 * PLANE);
  const labels = new Uint8Array(size);
  let row = 0;
  for (const [index, path] of paths.entries()) {
    const bytes = await reading(path, () => readFile(path));
    for (let i = 0; i < sizes[index]!; i++, row++) {
      const record = bytes.subarray(i * RECORD, (i + 1) * RECORD);
      labels[row] = checkedLabel(record[0]!, i, path);
      interleave(record.subarray(1), pixels.subarray(row * 3 * PLANE, (row + 1) * 3 * PLANE));
    }
  }
  return imageDataset({ name: `cifar10-${split}`, shape: [SIDE, SIDE, 3], pixels, labels, classes: 10 });
};

const batchPaths = async (dir: string, split: "train" | "test"): Promise<readonly string[]> => {
  const names = await reading(dir, () => readdir(dir));
  if (names.includes("cifar-10-batches-bin")) return batchPaths(join(dir, "cifar-10-batches-bin"), split);
  const wanted = split === "train" ? /^data_batch_\d\.bin$/ : /^test_batch\.bin$/;
  const batches = names.filter((name) => wanted.test(name)).sort();
  if (batches.length > 0) return batches.map((name) => join(dir, name));
  throw new FormatError({
    where: dir,
    what: `must hold ${split === "train" ? "data_batch_1.bin to data_batch_5.bin" : "test_batch.bin"} of CIFAR-10's binary version`,
    found: names.length === 0 ? "an empty folder" : names.slice(0, 5).join(", "),
    fix: "unpack cifar-10-binary.tar.gz and name its folder",
  });
};

const recordCount = async (path: string): Promise<number> => {
  const { size } = await reading(path, () => stat(path));
  if (size > 0 && size % RECORD === 0) return size / RECORD;
  throw new FormatError({
    where: path,
    what: `must be whole records of ${RECORD} bytes`,
    found: `${size} bytes`,
    fix: "the file is damaged or is not of the binary version: unpack or download it again",
  });
};

const checkedLabel = (label: number, record: number, path: string): number => {
  if (label <= 9) return label;
  throw new FormatError({
    where: `${path}: record ${record}`,
    what: "must have a label in 0..9",
    found: `${label}`,
    fix: "the file is damaged or is not CIFAR-10: download it again",
  });
};

/** Planes of red, green and blue to pixels. */
const interleave = (planes: Uint8Array, out: Uint8Array): void => {
  for (let i = 0; i < PLANE; i++) for (let c = 0; c < 3; c++) out[3 * i + c] = planes[c * PLANE + i]!;
};
