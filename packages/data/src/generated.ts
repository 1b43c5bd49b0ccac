import { foldIn, type Key } from "@nonmarkov/random";
import { rowLength, type Batch, type Dataset } from "./dataset.ts";

/** Writes the row that belongs to a key into out[offset ..], and returns its label. */
export type DrawRow = (key: Key, out: Float32Array, offset: number) => number;

/** A data set without end: row i is drawn with foldIn(key, i). */
export const generated = (
  about: { readonly name: string; readonly shape: readonly number[]; readonly classes: number },
  draw: DrawRow,
): Dataset => ({
  ...about,
  size: Infinity,
  rows: (indices, key) => drawRows(about, draw, indices.length, (row) => foldIn(key, indices[row]!)),
});

/** n rows, row i with the key that belongs to it. */
export const drawRows = (
  about: { readonly shape: readonly number[] },
  draw: DrawRow,
  n: number,
  keyOf: (row: number) => Key,
): Batch => {
  const length = rowLength(about);
  const x = new Float32Array(n * length);
  const labels = new Int32Array(n);
  for (let row = 0; row < n; row++) labels[row] = draw(keyOf(row), x, row * length);
  return { x, labels, size: n };
};
