/** A part of a message in the protocol buffers' encoding, and its length. */
export type Field = { readonly bytes: number; readonly parts: readonly Uint8Array[] };

const text = new TextEncoder();

/** An unsigned number, 7 bits a byte, the least first; a negative one has ten bytes. */
const varint = (value: number | bigint): Uint8Array => {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(out);
};

const field = (...parts: readonly Uint8Array[]): Field => ({
  bytes: parts.reduce((sum, part) => sum + part.length, 0),
  parts,
});

const tag = (number: number, wire: 0 | 2 | 5): Uint8Array => varint(number * 8 + wire);

/** A whole number. */
export const int = (number: number, value: number | bigint): Field => field(tag(number, 0), varint(value));

/** A float32 number. */
export const float = (number: number, value: number): Field =>
  field(tag(number, 5), new Uint8Array(Float32Array.of(value).buffer));

/** Bytes. */
export const bytes = (number: number, value: Uint8Array): Field => field(tag(number, 2), varint(value.length), value);

/** A text. */
export const string = (number: number, value: string): Field => bytes(number, text.encode(value));

/** A message inside of another. */
export const message = (number: number, fields: readonly Field[]): Field => {
  const length = fields.reduce((sum, { bytes: size }) => sum + size, 0);
  return field(tag(number, 2), varint(length), ...fields.flatMap(({ parts }) => parts));
};

/** Whole numbers, packed. */
export const ints = (number: number, values: readonly number[]): Field => {
  const packed = values.map(varint);
  return field(tag(number, 2), varint(packed.reduce((sum, part) => sum + part.length, 0)), ...packed);
};

/** The bytes of a whole message. */
export const encode = (fields: readonly Field[]): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(fields.reduce((sum, { bytes: size }) => sum + size, 0));
  let at = 0;
  for (const { parts } of fields)
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
  return out;
};

/** A field that was read: a number, or the bytes of a text, of a message or of numbers. */
export type Read = { readonly number: number; readonly value: bigint | Uint8Array };

/** The fields of a message. @throws RangeError if they do not fill it */
export const decode = (message: Uint8Array): readonly Read[] => {
  const read: Read[] = [];
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new RangeError("protobuf: a number has no end");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw new RangeError("protobuf: a field is longer than its message");
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const head = Number(next());
    const [number, wire] = [Math.floor(head / 8), head % 8];
    if (wire === 0) read.push({ number, value: next() });
    else if (wire === 2) read.push({ number, value: take(Number(next())) });
    else if (wire === 1 || wire === 5) read.push({ number, value: take(wire === 1 ? 8 : 4) });
    else throw new RangeError(`protobuf: there is no wire type ${wire}`);
  }
  return read;
};
