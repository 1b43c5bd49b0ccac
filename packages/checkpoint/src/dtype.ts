/** The element types that are read. */
export type Dtype =
  "BOOL" | "U8" | "I8" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" | "F16" | "BF16" | "F32" | "F64";

/** The typed array that holds each element type; F16 and BF16 as their bits. */
export const arrayOf = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/** Bytes of one element. */
export const bytesPerElement = (dtype: Dtype): number => arrayOf[dtype].BYTES_PER_ELEMENT;

/** Whether a text names an element type that is read. */
export const isDtype = (name: unknown): name is Dtype => typeof name === "string" && Object.hasOwn(arrayOf, name);
