import type { Features } from "@nonmarkov/metrics";
import { join } from "node:path";
import { imageGridOfBytes } from "../pictures/image-grid.ts";
import { png } from "../pictures/png.ts";
import { writeResult } from "../write-result.ts";
import { cellOf, columns } from "./cell.ts";
import { cellFeatures, cellImages } from "./samples.ts";
import type { Results } from "./results.ts";
import type { Setting } from "./setting.ts";

const shown = 8;

/** The features without their mean, each of length 1. */
const directions = ({ n, d, data }: Features): Float64Array => {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += data[i * d + j]! / n;
  const out = Float64Array.from(data, (value, k) => value - mean[k % d]!);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * d, (i + 1) * d);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let j = 0; j < d; j++) row[j]! /= length;
  }
  return out;
};

/** The mean cosine of row i of one and row i + shift (in a circle) of the other. */
const meanCosine = (a: Float64Array, b: Float64Array, n: number, d: number, shift: number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) sum += a[i * d + j]! * b[((i + shift) % n) * d + j]!;
  return sum / n;
};

/** Draws the same latents with every S of Table 1, at eta = 0. */
export const figure5 = async (setting: Setting): Promise<Results["figure5"]> => {
  const { dir, trained, budget } = setting;
  const { n, steps } = budget;
  const of = steps.map((S) => cellOf(trained.schedule, columns[0]!, S, setting.manifest.tau));
  const features: Float64Array[] = [];
  const images: Uint8Array[] = [];
  for (const cell of of) {
    features.push(directions(await cellFeatures(setting, cell, n)));
    images.push(await cellImages(setting, cell, n));
  }
  const size = trained.config.shape.reduce((a, b) => a * b, 1);
  const rows = Math.min(shown, n);
  const bytes = new Uint8Array(rows * steps.length * size);
  for (let row = 0; row < rows; row++)
    images.forEach((image, column) =>
      bytes.set(image.subarray(row * size, (row + 1) * size), (row * steps.length + column) * size),
    );
  const file = "figure5.png";
  await writeResult(
    join(dir, file),
    png(imageGridOfBytes(bytes, trained.config.shape, { columns: steps.length, scale: 2 })),
  );
  const d = setting.features.d;
  const last = features.at(-1)!;
  return {
    file,
    steps: [...steps],
    similarity: steps.map((S, i) => ({
      S,
      same: meanCosine(features[i]!, last, n, d, 0),
      other: meanCosine(features[i]!, last, n, d, 1),
    })),
  };
};
