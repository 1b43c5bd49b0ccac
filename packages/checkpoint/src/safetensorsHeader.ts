import { FormatError } from "@nonmarkov/files";
import { duplicateKey } from "./duplicateKey.ts";
import { arrayOf, bytesPerElement, isDtype, type Dtype } from "./dtype.ts";
import type { TensorData } from "./tensorData.ts";

/** Where a tensor lies in a safetensors file. */
export type TensorInfo = {
  /** The tensor's name. */
  readonly name: string;
  /** The element type. */
  readonly dtype: Dtype;
  /** The size of every axis. */
  readonly shape: readonly number[];
  /** Its first byte, counted from the start of the file. */
  readonly begin: number;
  /** The byte after its last. */
  readonly end: number;
};

/** What a safetensors header says, after every claim was checked against the file's size. */
export type SafetensorsHeader = {
  /** The file's free texts, the __metadata__ of the format. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The tensors in the order of their bytes. */
  readonly tensors: readonly TensorInfo[];
};

/** The format's own limit on the header. */
const MAX_HEADER_BYTES = 100_000_000;
const DAMAGED = "the file is damaged or is no safetensors file: copy or convert it again";

/**
 * Reads the first eight bytes: how long the JSON header is, little-endian.
 * @param start the file's first bytes, at least 8 where the file has them
 * @throws FormatError if the length does not fit the file or passes the format's 100 MB
 */
export const headerLength = (start: Uint8Array, fileBytes: number, where: string): number => {
  if (fileBytes < 8)
    throw new FormatError({
      where,
      what: "a safetensors file has at least 8 bytes",
      found: `${fileBytes}`,
      fix: DAMAGED,
    });
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new FormatError({
      where: `${where}: header length`,
      what: `must be at most ${MAX_HEADER_BYTES} bytes`,
      found: `${length}`,
      fix: DAMAGED,
    });
  if (length > BigInt(fileBytes - 8))
    throw new FormatError({
      where: `${where}: header length`,
      what: `must fit the ${fileBytes - 8} bytes that follow it`,
      found: `${length}`,
      fix: DAMAGED,
    });
  return Number(length);
};

/**
 * Reads the JSON header and checks that the tensors it names fill the rest of the file exactly, without overlaps or holes.
 * @throws FormatError on any claim that does not hold
 */
export const parseHeader = (json: Uint8Array, fileBytes: number, where: string): SafetensorsHeader => {
  const fail = (place: string, what: string, found: unknown): never => {
    throw new FormatError({ where: `${where}: ${place}`, what, found: show(found), fix: DAMAGED });
  };
  const { metadata, entries } = parseEntries(json, fail);
  const dataStart = 8 + json.length;
  const tensors = entries
    .map(([name, entry]) => tensorInfo(name, entry, dataStart, fileBytes, fail))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let next = dataStart;
  for (const { name, begin, end } of tensors) {
    if (begin !== next)
      fail(
        `tensor ${show(name)}`,
        `must begin where the one before ends, at byte ${next - dataStart} of the data`,
        begin - dataStart,
      );
    next = end;
  }
  if (next !== fileBytes) fail("end of the data", `must be the end of the file, byte ${fileBytes}`, next);
  return { metadata, tensors };
};

type Fail = (place: string, what: string, found: unknown) => never;

const show = (value: unknown): string => {
  const text = stringified(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const stringified = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "a value nested too deeply to show"; // JSON.parse has no limit of depth, JSON.stringify has
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const parseJson = (json: Uint8Array, fail: Fail): Readonly<Record<string, unknown>> => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
    const value: unknown = JSON.parse(text);
    const twice = duplicateKey(text);
    if (twice !== undefined) return fail("header", "must not name anything twice", twice);
    return isObject(value) ? value : fail("header", "must be a JSON object", value);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    return fail("header", "must be JSON in UTF-8", error instanceof Error ? error.message : error);
  }
};

const parseEntries = (json: Uint8Array, fail: Fail) => {
  const { __metadata__: metadata = {}, ...rest } = parseJson(json, fail);
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    return fail("__metadata__", "must be an object of texts", metadata);
  return { metadata: metadata as Readonly<Record<string, string>>, entries: Object.entries(rest) };
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const tensorInfo = (name: string, entry: unknown, dataStart: number, fileBytes: number, fail: Fail): TensorInfo => {
  const place = `tensor ${show(name)}`;
  if (!isObject(entry)) return fail(place, "must be an object with dtype, shape and data_offsets", entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) return fail(`${place}: dtype`, `must be one of ${Object.keys(arrayOf).join(", ")}`, dtype);
  if (!Array.isArray(shape) || !shape.every(isCount))
    return fail(`${place}: shape`, "must be a list of integers that are not negative", shape);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`${place}: data_offsets`, "must be two integers that are not negative", offsets);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > fileBytes - dataStart)
    return fail(`${place}: data_offsets`, `must ascend within the ${fileBytes - dataStart} bytes of data`, offsets);
  const bytes = elementCount(shape) * bytesPerElement(dtype);
  if (bytes !== end - begin)
    return fail(`${place}: data_offsets`, `must span the ${bytes} bytes of ${dtype} ${show(shape)}`, end - begin);
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
};

/** The number of elements of a shape: 1 for a scalar, 0 where any axis is empty. */
export const elementCount = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);

/** A tensor without its elements: all that the header needs. */
export type TensorSpec = Pick<TensorData, "dtype" | "shape">;

/**
 * Lays tensors out in a file: wide elements first, so that each starts at a multiple of its element's size, otherwise
 * in the order given. The header is padded with spaces to a multiple of 8 bytes.
 * @returns the file's first bytes (length and header), and the tensors' places
 * @throws RangeError if a name occurs twice or is "__metadata__", or a shape is not made of counts
 */
export const layout = (
  specs: readonly (readonly [name: string, spec: TensorSpec])[],
  metadata: Readonly<Record<string, string>>,
): { readonly head: Uint8Array; readonly tensors: readonly TensorInfo[] } => {
  checkSpecs(specs);
  let offset = 0;
  const placed = [...specs]
    .sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype))
    .map(([name, { dtype, shape }]) => {
      const begin = offset;
      offset += elementCount(shape) * bytesPerElement(dtype);
      return { name, dtype, shape, begin, end: offset };
    });
  // pieced together, not built as an object: that would move names such as "0" to the front and lose "__proto__"
  const fields = placed.map(
    ({ name, dtype, shape, begin, end }) =>
      `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`,
  );
  if (Object.keys(metadata).length > 0) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  return {
    head,
    tensors: placed.map((info) => ({ ...info, begin: info.begin + head.length, end: info.end + head.length })),
  };
};

const checkSpecs = (specs: readonly (readonly [name: string, spec: TensorSpec])[]): void => {
  const names = new Set<string>();
  for (const [name, { dtype, shape }] of specs) {
    if (names.has(name) || name === "__metadata__")
      throw new RangeError(`safetensors: names must be unique and not "__metadata__", got ${show(name)}; rename it`);
    names.add(name);
    if (!shape.every(isCount))
      throw new RangeError(`safetensors: the shape of ${show(name)} must be made of counts, got ${show(shape)}`);
    if (!isDtype(dtype))
      throw new RangeError(`safetensors: ${show(name)} must have a known dtype, got ${show(dtype)}; use F32 or F16`);
  }
};
