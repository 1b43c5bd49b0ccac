import { imageGrid } from "./image-grid.ts";
import type { Raster } from "./raster.ts";
import type { Rows } from "./rows.ts";
import { scatter } from "./scatter.ts";

/** Draws samples the way their shape asks for: images as a grid, points of the plane as a scatter plot. */
export const picture = (rows: Rows, options: { readonly columns?: number; readonly scale?: number } = {}): Raster =>
  rows.shape.length === 1 ? scatter(rows) : imageGrid(rows, options);
