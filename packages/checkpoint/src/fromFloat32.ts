import { toHalf } from "./half.ts";
import type { TensorData } from "./tensorData.ts";

/**
 * Float32 numbers as a tensor to be written, in full or as halves rounded to the nearest.
 * @param shape the size of every axis; its product is values.length
 * @param dtype "F32" (default; the array is not copied) or "F16"
 */
export const fromFloat32 = (
  values: Float32Array,
  shape: readonly number[],
  dtype: "F32" | "F16" = "F32",
): TensorData => ({ dtype, shape, data: dtype === "F16" ? toHalf(values) : values });
