import type { Tile, Tiling } from "../../../src/shaders/tile.ts";

const tiling = (
  [rows, columns]: readonly [number, number],
  [threadRows, threadColumns]: readonly [number, number],
  [depth, slices, buffers]: readonly [number, number, 1 | 2],
  splits = 1,
): Tiling => ({ tile: { rows, columns, threadRows, threadColumns, depth, slices, buffers }, splits });

/**
 * Tilings that differ in all that a product's text depends on, with so few instructions that they compile at once: with
 * 8 x 8 results of a thread, SwiftShader needs minutes and gigabytes for some sizes that four does not divide.
 */
export const smallTilings: readonly Tiling[] = [
  tiling([16, 32], [4, 4], [4, 1, 1]),
  tiling([8, 4], [4, 4], [4, 1, 2], 2),
  tiling([16, 8], [8, 4], [4, 1, 1]),
  tiling([4, 16], [4, 8], [4, 1, 2]),
  tiling([8, 8], [8, 4], [4, 1, 1], 3),
  tiling([8, 8], [4, 4], [8, 1, 2]),
  tiling([8, 16], [4, 4], [8, 2, 2]),
  tiling([4, 4], [4, 4], [16, 4, 1], 2),
  tiling([16, 8], [8, 4], [8, 2, 1]),
];

/** A tiling in short, as a test's title has it. */
export const titleOf = ({ tile: t, splits }: { readonly tile: Tile; readonly splits: number }): string =>
  `${t.rows}x${t.columns} by ${t.threadRows}x${t.threadColumns}, depth ${t.depth}, ${t.slices} slices, ` +
  `${t.buffers} buffers, ${splits} splits`;
