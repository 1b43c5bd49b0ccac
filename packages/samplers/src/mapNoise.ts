import type { Row } from "./table.ts";

/**
 * Changes the fresh noise z of a row, before row.sigma multiplies it, by what the denoiser gave, `raw`. Borrows both; the
 * run owns the result.
 */
export type MapNoise<V> = (z: V, row: Row, raw: V) => V;
