import { fromBfloat16, fromHalf } from "./half.ts";
import type { TensorData } from "./tensorData.ts";

/**
 * The tensor's elements as float32: exact for F16, BF16, F32, BOOL and integers of up to 16 bits, else rounded to the
 * nearest. An F32 tensor's own array is returned, not a copy.
 */
export const toFloat32 = ({ dtype, data }: TensorData): Float32Array => {
  if (data instanceof Float32Array) return data;
  if (dtype === "F16") return fromHalf(data as Uint16Array);
  if (dtype === "BF16") return fromBfloat16(data as Uint16Array);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
};
