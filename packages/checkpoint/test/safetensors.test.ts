import { FormatError } from "@nonmarkov/files";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { golden } from "../../../test/golden.ts";
import { decodeSafetensors, encodeSafetensors, fromFloat32, toFloat32, type TensorEntries } from "../src/index.ts";
import { bytesOf, entries, metadata } from "./arbitraries.ts";

/** A file with any header text, right or wrong, and any data. */
const file = (header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array => {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const out = new Uint8Array(8 + json.length + dataBytes);
  new DataView(out.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  out.set(json, 8);
  return out;
};

const sorted = (tensors: TensorEntries) =>
  tensors
    .map(([name, tensor]) => ({ name, dtype: tensor.dtype, shape: tensor.shape, bytes: [...bytesOf(tensor)] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

test("what is encoded is decoded: names, types, shapes, bits and free texts", () => {
  fc.assert(
    fc.property(entries, metadata, (tensors, texts) => {
      const back = decodeSafetensors(encodeSafetensors(tensors, texts));
      expect(sorted(back.tensors)).toEqual(sorted(tensors));
      expect(back.metadata).toEqual(texts);
    }),
  );
});

test("tensors of one type keep their order; data begin at a multiple of 8, every tensor at a multiple of its element", () => {
  fc.assert(
    fc.property(entries, (tensors) => {
      const bytes = encodeSafetensors(tensors);
      expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
      for (const [, tensor] of decodeSafetensors(bytes).tensors) expect(tensor.data.buffer).toBe(bytes.buffer);
    }),
  );
  const names = ["b", "10", "a", "2"];
  const same = names.map((name) => [name, fromFloat32(Float32Array.of(1), [1])] as const);
  expect(decodeSafetensors(encodeSafetensors(same)).tensors.map(([name]) => name)).toEqual(names);
});

test("a file written by hand after the format's description is read", () => {
  const header =
    '{"__metadata__":{"format":"pt"},"w":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]},"n":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}  ';
  const bytes = file(header, 12);
  bytes.set([0x80, 0x3f, 0x20, 0xc1, 0xfe, 255, 255, 255, 255, 255, 255, 255], bytes.length - 12);
  const { metadata, tensors } = decodeSafetensors(bytes);
  expect(metadata).toEqual({ format: "pt" });
  expect(tensors.map(([name, tensor]) => [name, tensor.shape, [...toFloat32(tensor)]])).toEqual([
    ["w", [2, 1], [1, -10]],
    ["n", [], [-2]],
  ]);
});

const io = golden("unet2d_cifar10_tiny/diffusion_pytorch_model.safetensors");
test.skipIf(io.missing !== "")(
  `a file written by the format's own library is read and written back${io.missing}`,
  () => {
    const url = new URL(
      "../../../../shared/golden/unet2d_cifar10_tiny/diffusion_pytorch_model.safetensors",
      import.meta.url,
    );
    const bytes = new Uint8Array(readFileSync(url));
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect(tensors.find(([name]) => name === "conv_in.weight")![1]).toMatchObject({
      dtype: "F32",
      shape: expect.arrayContaining([3]),
    });
    expect(tensors.every(([, tensor]) => toFloat32(tensor).every(Number.isFinite))).toBe(true);
    expect(sorted(decodeSafetensors(encodeSafetensors(tensors, metadata)).tensors)).toEqual(sorted(tensors));
  },
);

const f32 = (shape: string, offsets: string, name = "a"): string =>
  `"${name}":{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`;
const lies: readonly (readonly [title: string, bytes: Uint8Array, message: RegExp])[] = [
  ["is shorter than its length field", new Uint8Array(7), /at least 8 bytes, got 7/],
  ["has a header longer than the file", file("{}", 0, 3n), /header length: must fit the 2 bytes.*got 3/],
  ["has a header above 100 MB", file("{}", 0, 100_000_001n), /at most 100000000 bytes, got 100000001/],
  ["claims 2^64 - 1 bytes of header", file("{}", 0, 2n ** 64n - 1n), /got 18446744073709551615/],
  ["is not JSON", file("{]"), /must be JSON in UTF-8/],
  ["is not UTF-8", file(Uint8Array.of(123, 255, 125)), /must be JSON in UTF-8/],
  ["begins with a byte order mark", file("\ufeff{}"), /must be JSON in UTF-8/],
  ["is a list", file("[]"), /must be a JSON object, got \[\]/],
  ["has offsets beyond the file", file(`{${f32("[2]", "[0,8]")}}`, 4), /data_offsets: must ascend within the 4 bytes/],
  ["has offsets that descend", file(`{${f32("[1]", "[4,0]")}}`, 4), /must ascend/],
  [
    "has overlapping tensors",
    file(`{${f32("[2]", "[0,8]")},${f32("[2]", "[4,12]", "b")}}`, 12),
    /must begin where the one before ends, at byte 8.*got 4/,
  ],
  [
    "has a hole between tensors",
    file(`{${f32("[1]", "[0,4]")},${f32("[1]", "[8,12]", "b")}}`, 12),
    /at byte 4 of the data, got 8/,
  ],
  ["has a hole before the first tensor", file(`{${f32("[1]", "[4,8]")}}`, 8), /at byte 0 of the data, got 4/],
  ["has bytes after the last tensor", file(`{${f32("[1]", "[0,4]")}}`, 5), /must be the end of the file/],
  [
    "has a shape that does not fill its bytes",
    file(`{${f32("[3]", "[0,8]")}}`, 8),
    /must span the 12 bytes of F32 \[3\], got 8/,
  ],
  ["has a negative size", file(`{${f32("[-1]", "[0,4]")}}`, 4), /integers that are not negative, got \[-1\]/],
  ["has a fractional size", file(`{${f32("[0.5,2]", "[0,4]")}}`, 4), /got \[0.5,2\]/],
  [
    "has sizes whose product overflows",
    file(`{${f32("[4294967296,4294967296,4294967296]", "[0,4]")}}`, 4),
    /must span/,
  ],
  ["has a size beyond exact integers", file(`{${f32("[1e300]", "[0,4]")}}`, 4), /integers that are not negative/],
  [
    "names a tensor twice",
    file(`{${f32("[1]", "[0,4]")},${f32("[1]", "[0,4]")}}`, 4),
    /must not name anything twice, got "a"/,
  ],
  [
    "names a tensor twice, spelled differently",
    file(`{${f32("[1]", "[0,4]")},${f32("[1]", "[0,4]", "\\u0061")}}`, 4),
    /twice, got "a"/,
  ],
  [
    "gives a tensor two shapes",
    file(`{"a":{"dtype":"F32","shape":[1],"shape" :[1],"data_offsets":[0,4]}}`, 4),
    /twice, got "shape"/,
  ],
  [
    "has an unknown type",
    file(`{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}`, 4),
    /dtype: must be one of BOOL.*got "F31"/,
  ],
  [
    "has a type that is a property of every object",
    file(`{"a":{"dtype":"constructor","shape":[],"data_offsets":[0,4]}}`, 4),
    /dtype: must be one of/,
  ],
  ["has no offsets", file('{"a":{"dtype":"F32","shape":[]}}'), /data_offsets: must be two integers/],
  ["has metadata that are no texts", file('{"__metadata__":{"a":1}}'), /must be an object of texts/],
  ["has a tensor that is null", file('{"a":null}'), /must be an object with dtype/],
];

test.each(lies)("a file that %s is refused", (_, bytes, message) => {
  expect(() => decodeSafetensors(bytes, "x.safetensors")).toThrow(FormatError);
  expect(() => decodeSafetensors(bytes, "x.safetensors")).toThrow(message);
  expect(() => decodeSafetensors(bytes, "x.safetensors")).toThrow(/^x\.safetensors/);
});

test("a deeply nested header is refused without running out of stack", () => {
  expect(() => decodeSafetensors(file(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`))).toThrow(FormatError);
});

/** Small damages: a byte changed, a text in the header replaced, the end cut off or drawn out, the length changed. */
const damage = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([at, value]) => (bytes: Uint8Array) => {
    const out = bytes.slice();
    out[at % out.length] = value;
    return out;
  }),
  fc
    .tuple(
      fc.constantFrom('"F32"', "[", "]", ",", "0", "1", "4", '"', ":", "{"),
      fc.constantFrom('"F64"', "[", "", "-", "9", "1e9", "null", '\\"', "8"),
    )
    .map(([from, to]) => (bytes: Uint8Array) => {
      const length = Math.min(bytes.length - 8, Number(new DataView(bytes.buffer).getBigUint64(0, true)));
      const header = new TextDecoder().decode(bytes.subarray(8, 8 + length)).replace(from, () => to);
      const start = file(header);
      const out = new Uint8Array(start.length + bytes.length - 8 - length);
      out.set(start);
      out.set(bytes.subarray(8 + length), start.length);
      return out;
    }),
  fc.nat().map((cut) => (bytes: Uint8Array) => bytes.slice(0, cut % bytes.length)),
  fc
    .uint8Array({ minLength: 1, maxLength: 9 })
    .map((more) => (bytes: Uint8Array) => Uint8Array.from([...bytes, ...more])),
);

test("a damaged file gives a FormatError or tensors that cover its data exactly, never another error", () => {
  let refused = 0;
  fc.assert(
    fc.property(entries, fc.array(damage, { minLength: 1, maxLength: 2 }), (tensors, damages) => {
      const bytes = damages.reduce(
        (sofar, apply) => (sofar.length < 8 ? sofar : apply(sofar)),
        encodeSafetensors(tensors),
      );
      try {
        const total = decodeSafetensors(bytes).tensors.reduce((sum, [, tensor]) => sum + tensor.data.byteLength, 0);
        expect(total).toBe(bytes.length - 8 - Number(new DataView(bytes.buffer).getBigUint64(0, true)));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }),
    { numRuns: 2000 },
  );
  expect(refused).toBeGreaterThan(500);
});

test("what cannot be written right is refused: equal names, the reserved name, an array that does not fit", () => {
  const one = fromFloat32(Float32Array.of(1), [1]);
  expect(() =>
    encodeSafetensors([
      ["a", one],
      ["a", one],
    ]),
  ).toThrow(/unique.*"a"/);
  expect(() => encodeSafetensors([["__metadata__", one]])).toThrow(/__metadata__/);
  expect(() => encodeSafetensors([["a", { ...one, shape: [2] }]])).toThrow(/2 elements in a Float32Array.*got 1/);
  expect(() => encodeSafetensors([["a", { ...one, dtype: "F16" }]])).toThrow(/Uint16Array/);
  expect(() => encodeSafetensors([["a", { ...one, shape: [-1, -1] }]])).toThrow(/made of counts/);
});
