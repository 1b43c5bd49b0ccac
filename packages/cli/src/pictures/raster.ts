/** Pixels of 8 bits, row by row, 1 (gray) or 3 (RGB) numbers each. */
export type Raster = {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
};
