import { FormatError } from "@nonmarkov/files";

/** The elements of an IDX file, in the machine's byte order. */
export type IdxArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** The content of an IDX file: one array of numbers. */
export type Idx = {
  /** The size of every axis, the slowest first. */
  readonly shape: readonly number[];
  /** product(shape) elements, row-major. */
  readonly data: IdxArray;
};

/** What an IDX header says. */
export type IdxHeader = {
  /** The size of every axis. */
  readonly shape: readonly number[];
  /** The element type's code. */
  readonly type: IdxType;
  /** The bytes of the header itself. */
  readonly headerBytes: number;
  /** The bytes of the whole file: header and elements. */
  readonly totalBytes: number;
};

/** Readers of one element; all numbers in an IDX file are big-endian. */
const elementTypes = {
  8: { make: Uint8Array, get: (view: DataView, at: number) => view.getUint8(at) },
  9: { make: Int8Array, get: (view: DataView, at: number) => view.getInt8(at) },
  11: { make: Int16Array, get: (view: DataView, at: number) => view.getInt16(at) },
  12: { make: Int32Array, get: (view: DataView, at: number) => view.getInt32(at) },
  13: { make: Float32Array, get: (view: DataView, at: number) => view.getFloat32(at) },
  14: { make: Float64Array, get: (view: DataView, at: number) => view.getFloat64(at) },
} as const;

/** The code of an element type: 8 bytes, 9 signed bytes, 11 and 12 integers of 16 and 32 bits, 13 and 14 floats. */
export type IdxType = keyof typeof elementTypes;

/** The longest header there can be: 255 axes. */
export const MAX_IDX_HEADER = 4 + 4 * 255;
const DAMAGED = "the file is damaged or is no IDX file: download or copy it again";

/**
 * Reads an IDX header.
 * @param start the file's first bytes: MAX_IDX_HEADER of them, or the whole file if it is shorter
 * @throws FormatError if it is not an IDX header
 */
export const parseIdxHeader = (start: Uint8Array, where: string): IdxHeader => {
  const magic = [...start.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const type = start[2]!;
  const rank = start[3]!;
  if (start.length < 4 || start[0] !== 0 || start[1] !== 0 || !Object.hasOwn(elementTypes, type))
    throw new FormatError({
      where: `${where}: magic number`,
      what: "must be 00 00, a type (08, 09, 0b to 0e) and a number of axes",
      found: magic === "" ? "an empty file" : magic,
      fix: DAMAGED,
    });
  const headerBytes = 4 + 4 * rank;
  if (start.length < headerBytes)
    throw new FormatError({
      where: `${where}: header`,
      what: `must have ${headerBytes} bytes for ${rank} axes`,
      found: `${start.length}`,
      fix: DAMAGED,
    });
  const view = new DataView(start.buffer, start.byteOffset);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);
  const totalBytes = headerBytes + count * elementTypes[type as IdxType].make.BYTES_PER_ELEMENT;
  return { shape, type: type as IdxType, headerBytes, totalBytes };
};

/** @throws FormatError unless the file has as many bytes as its header says */
export const checkIdxSize = ({ shape, totalBytes }: IdxHeader, found: number, where: string, suffix = ""): void => {
  if (found === totalBytes) return;
  throw new FormatError({
    where,
    what: `must have the ${totalBytes} bytes that its header [${shape.join(", ")}] says`,
    found: `${found}${suffix}`,
    fix: DAMAGED,
  });
};

/**
 * Reads an IDX file held in memory; bytes are views of it, other types are copied into the machine's byte order.
 * @param where what to call the file in errors
 * @throws FormatError if it is no IDX file, or its size is not what the header says
 */
export const parseIdx = (bytes: Uint8Array, where: string = "IDX"): Idx => {
  const header = parseIdxHeader(bytes, where);
  checkIdxSize(header, bytes.length, where);
  const { make, get } = elementTypes[header.type];
  const body = bytes.subarray(header.headerBytes);
  if (header.type === 8) return { shape: header.shape, data: body };
  const data = new make(body.length / make.BYTES_PER_ELEMENT);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let i = 0; i < data.length; i++) data[i] = get(view, i * make.BYTES_PER_ELEMENT);
  return { shape: header.shape, data };
};
