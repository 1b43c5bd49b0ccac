import fc from "fast-check";
import type { Dtype, TensorArray, TensorData, TensorEntries } from "../src/index.ts";

const arrays: Readonly<Record<Dtype, (bytes: Uint8Array) => TensorArray>> = {
  BOOL: (b) => b.map((v) => v & 1),
  U8: (b) => b,
  I8: (b) => new Int8Array(b.buffer),
  I16: (b) => new Int16Array(b.buffer),
  U16: (b) => new Uint16Array(b.buffer),
  F16: (b) => new Uint16Array(b.buffer),
  BF16: (b) => new Uint16Array(b.buffer),
  I32: (b) => new Int32Array(b.buffer),
  U32: (b) => new Uint32Array(b.buffer),
  F32: (b) => new Float32Array(b.buffer),
  I64: (b) => new BigInt64Array(b.buffer),
  U64: (b) => new BigUint64Array(b.buffer),
  F64: (b) => new Float64Array(b.buffer),
};
const widths: Readonly<Record<Dtype, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, I16: 2, U16: 2, F16: 2, BF16: 2, I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8 },
};

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const dtype = fc.constantFrom(...(Object.keys(arrays) as Dtype[]));

const tensor: fc.Arbitrary<TensorData> = fc.tuple(dtype, shape).chain(([dtype, shape]) => {
  const length = shape.reduce((a, b) => a * b, 1) * widths[dtype];
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => ({ dtype, shape, data: arrays[dtype](Uint8Array.from(bytes)) }));
});

const name = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("__proto__", "constructor", "0", "10", "", '"', "\\u0041", "down.0.conv.weight"),
);

/** Named tensors of every type, with empty and scalar shapes and names that trip naive code. */
export const entries: fc.Arbitrary<TensorEntries> = fc.uniqueArray(fc.tuple(name, tensor), {
  selector: ([text]) => text,
  maxLength: 6,
});

/** Free texts of a header. */
export const metadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true });

/** A tensor's bytes, to compare what may hold NaN. */
export const bytesOf = ({ data }: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
