import { split, type Key } from "@nonmarkov/random";
import type { Batch, Dataset } from "../dataset.ts";
import { drawRows, generated, type DrawRow } from "../generated.ts";

/**
 * A distribution of points in the plane with about zero mean and unit variance per axis: n points, [n, 2], with the
 * component that each came from as its label.
 */
export type Toy = {
  /** Draws n independent points; the i-th from the i-th of split(key, n). */
  (key: Key, n: number): Batch;
  /** The same distribution as a data set of generated rows. */
  readonly dataset: Dataset;
};

/** Makes a distribution of the drawing of one point. */
export const toy = (name: string, classes: number, draw: DrawRow): Toy => {
  const about = { name, shape: [2], classes };
  const points = (key: Key, n: number): Batch => {
    const keys = split(key, n);
    return drawRows(about, draw, n, (row) => keys[row]!);
  };
  return Object.assign(points, { dataset: generated(about, draw) });
};
