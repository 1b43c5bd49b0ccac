import type { Dtype } from "./dtype.ts";

/**
 * A tensor's raw elements, row-major (last axis fastest). F16, BF16 and U16 are the bits in a Uint16Array, BOOL and U8
 * bytes in a Uint8Array, I64 and U64 big integers; the other types have the typed array of their name.
 */
export type TensorArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A tensor as numbers in memory, of no tensor library. */
export type TensorData = {
  /** The element type, by its safetensors name. */
  readonly dtype: Dtype;
  /** The size of every axis; [] is a scalar. */
  readonly shape: readonly number[];
  /** product(shape) elements. */
  readonly data: TensorArray;
};

/** Named tensors in order: what a tree of parameters flattens to ("down.0.conv.weight"). Names are unique. */
export type TensorEntries = readonly (readonly [name: string, tensor: TensorData])[];
