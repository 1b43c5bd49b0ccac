import { arrayOf, bytesPerElement } from "./dtype.ts";
import { elementCount, headerLength, layout, parseHeader, type TensorInfo } from "./safetensorsHeader.ts";
import type { TensorArray, TensorData, TensorEntries } from "./tensorData.ts";

/** The content of a safetensors file. */
export type Safetensors = {
  /** The file's free texts. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The tensors in the order of their bytes. */
  readonly tensors: TensorEntries;
};

/**
 * Reads a safetensors file held in memory. Where their alignment allows it the tensors are views into `bytes`, no copies.
 * @param where what to call the file in errors
 * @throws FormatError if the header is damaged or lies; before anything is allocated
 */
export const decodeSafetensors = (bytes: Uint8Array, where: string = "safetensors"): Safetensors => {
  const length = headerLength(bytes, bytes.length, where);
  const { metadata, tensors } = parseHeader(bytes.subarray(8, 8 + length), bytes.length, where);
  return { metadata, tensors: tensors.map((info) => [info.name, viewTensor(info, bytes)] as const) };
};

const viewTensor = (info: TensorInfo, bytes: Uint8Array): TensorData => {
  const part = bytes.subarray(info.begin, info.end);
  const aligned = part.byteOffset % bytesPerElement(info.dtype) === 0 ? part : part.slice();
  return tensorOf(info, aligned);
};

/** The tensor over bytes that are aligned for its element type. */
export const tensorOf = ({ dtype, shape }: Pick<TensorInfo, "dtype" | "shape">, bytes: Uint8Array): TensorData => {
  const data = new arrayOf[dtype](
    bytes.buffer as ArrayBuffer,
    bytes.byteOffset,
    bytes.length / bytesPerElement(dtype),
  ) as TensorArray;
  return { dtype, shape, data };
};

/**
 * Writes tensors as the bytes of a safetensors file.
 * @param metadata free texts kept in the header
 * @throws RangeError if a name occurs twice, or a shape or an array does not fit its tensor
 */
export const encodeSafetensors = (
  tensors: TensorEntries,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const { head, tensors: places } = layout(tensors, metadata);
  const out = new Uint8Array(places.at(-1)?.end ?? head.length);
  out.set(head);
  const byName = new Map(tensors);
  for (const place of places) out.set(tensorBytes(place, byName.get(place.name)!.data), place.begin);
  return out;
};

/**
 * A tensor's elements as bytes, without a copy.
 * @throws RangeError if the array is not of the tensor's type and size
 */
export const tensorBytes = (
  { name, dtype, shape }: Omit<TensorInfo, "begin" | "end">,
  data: TensorArray,
): Uint8Array => {
  if (!(data instanceof arrayOf[dtype]) || data.length !== elementCount(shape))
    throw new RangeError(
      `safetensors: ${JSON.stringify(name)} must have ${elementCount(shape)} elements in a ${arrayOf[dtype].name} for ` +
        `${dtype} [${shape.join(", ")}], got ${data.length} in a ${data.constructor.name}`,
    );
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};
