import { encode } from "fast-png";
import type { Raster } from "./raster.ts";

/** A raster as the bytes of a PNG file. */
export const png = (raster: Raster): Uint8Array => encode({ ...raster, depth: 8 });

/** A raster as a data URI, to be put into a page. */
export const pngDataUri = (raster: Raster): string =>
  `data:image/png;base64,${Buffer.from(png(raster)).toString("base64")}`;
