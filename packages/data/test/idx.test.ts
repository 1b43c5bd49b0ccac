import { key } from "@nonmarkov/random";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FormatError } from "@nonmarkov/files";
import { parseIdx, toBytes } from "../src/index.ts";
import { mnist, mnistFiles, readIdx } from "../src/node/index.ts";
import { idxBytes, idxImages, idxLabels } from "./idxBytes.ts";
import { sharedMnist } from "./sharedMnist.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nonmarkov-idx-"));
});
afterAll(() => rm(dir, { recursive: true }));

const written = async (bytes: Uint8Array, name = "x"): Promise<string> => {
  const path = join(dir, name);
  await writeFile(path, bytes);
  return path;
};

test("numbers of every type come out of big-endian files as they went in", () => {
  const view = (bytes: number[]): Uint8Array => Uint8Array.from(bytes);
  const cases = [
    [0x08, [0, 255], [0, 255]],
    [0x09, [127, 128], [127, -128]],
    [0x0b, [1, 2, 255, 254], [258, -2]],
    [0x0c, [0, 1, 0, 0, 255, 255, 255, 255], [65536, -1]],
    [0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], [1, -2.5]],
    [0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xbf, 0xe0, 0, 0, 0, 0, 0, 0], [1, -0.5]],
  ] as const;
  for (const [type, bytes, numbers] of cases) {
    const { shape, data } = parseIdx(idxBytes(type, [2, 1], view([...bytes])));
    expect(shape).toEqual([2, 1]);
    expect([...data]).toEqual(numbers);
  }
});

test("a plain file and a packed one of the same content read the same, whatever their names", async () => {
  const bytes = idxImages(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    1,
    2,
  );
  expect(await readIdx(await written(gzipSync(bytes), "packed"))).toEqual(
    await readIdx(await written(bytes, "plain.gz")),
  );
});

const image = idxImages([[1, 2, 3, 4]], 2, 2);
const lies: readonly (readonly [title: string, bytes: Uint8Array, message: RegExp])[] = [
  ["is empty", new Uint8Array(0), /magic number: must be 00 00.*got an empty file/],
  ["has another magic number", Uint8Array.from([1, ...image.subarray(1)]), /got 01 00 08 03/],
  ["has an unknown type", Uint8Array.from([0, 0, 10, ...image.subarray(3)]), /got 00 00 0a 03/],
  ["ends within its header", image.subarray(0, 15), /header: must have 16 bytes for 3 axes, got 15/],
  ["is cut short", image.subarray(0, 19), /must have the 20 bytes that its header \[1, 2, 2\] says, got 19/],
  ["has trailing bytes", Uint8Array.from([...image, 0]), /the 20 bytes.*got 21/],
  ["claims petabytes", idxBytes(8, [2 ** 32 - 1, 2 ** 31, 7], new Uint8Array(4)), /must have the \d{20} bytes/],
];

test.each(lies)("a file that %s is refused, plain and packed", async (_, bytes, message) => {
  const plain = await written(bytes);
  await expect(readIdx(plain)).rejects.toThrow(FormatError);
  await expect(readIdx(plain)).rejects.toThrow(message);
  expect(() => parseIdx(bytes)).toThrow(message);
  await expect(readIdx(await written(gzipSync(bytes)))).rejects.toThrow(FormatError);
});

test("a packed file that unpacks to more than its header claims is stopped there", async () => {
  const bomb = gzipSync(Buffer.concat([idxLabels([1, 2]), Buffer.alloc(50_000_000)]));
  const before = process.memoryUsage().arrayBuffers;
  await expect(readIdx(await written(bomb))).rejects.toThrow(/must have the 10 bytes.*got 11 or more/);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  const liar = gzipSync(idxBytes(8, [2 ** 31], new Uint8Array(1000)));
  await expect(readIdx(await written(liar))).rejects.toThrow(/2147483656 bytes.*at most in this packed file/);
});

test("a packed file that is cut before anything can be unpacked is said to be cut, not empty", async () => {
  const packed = gzipSync(
    idxBytes(
      8,
      [5000],
      Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251),
    ),
  );
  await expect(readIdx(await written(packed.subarray(0, 20)))).rejects.toThrow(/whole gzip data.*unexpected end/);
  await expect(readIdx(await written(gzipSync(new Uint8Array())))).rejects.toThrow(/an empty file/);
});

test("a packed file cut at any byte, or with any byte changed, is refused or read right", async () => {
  const packed = gzipSync(idxImages([[9, 8, 7, 6]], 2, 2));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: packed.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), async (at, value, cut) => {
      const damaged = cut ? packed.subarray(0, at) : packed.map((byte, i) => (i === at ? value : byte));
      try {
        expect([...(await readIdx(await written(damaged, "damaged"))).data]).toEqual([9, 8, 7, 6]);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test("MNIST folders are read with train before t10k, plain or packed, and refused where files do not fit each other", async () => {
  const folder = await mkdtemp(join(dir, "mnist-"));
  await expect(mnist({ dir: folder })).rejects.toThrow(/must hold train-\* or t10k-\* pairs.*got an empty folder/);
  await expect(mnist({ dir: join(folder, "no") })).rejects.toThrow(/must be readable, got nothing there/);
  const put = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);
  await put(
    "t10k-images-idx3-ubyte.gz",
    gzipSync(
      idxImages(
        [
          [0, 255],
          [255, 0],
        ],
        1,
        2,
      ),
    ),
  );
  await put("t10k-labels.idx1-ubyte", idxLabels([3, 4]));
  const test = await mnist({ dir: folder, padTo: 2 });
  expect(test).toMatchObject({ name: "mnist-test", size: 2, classes: 10, shape: [2, 2, 1] });
  expect([...toBytes(test.rows([1], key(0)).x)]).toEqual([255, 0, 0, 0]);
  await put("train-images-idx3-ubyte", idxImages([[7, 7]], 1, 2));
  await put("train-labels-idx1-ubyte", idxLabels([1]));
  expect(await mnist({ dir: folder })).toMatchObject({ name: "mnist-train", size: 1 });
  expect((await mnist({ dir: folder, split: "test" })).size).toBe(2);
  await put("train-labels-idx1-ubyte", idxLabels([1, 2]));
  await expect(mnist({ dir: folder })).rejects.toThrow(
    /train-labels-idx1-ubyte: must have one label for each of 1 images, got 2/,
  );
  await put("train-labels-idx1-ubyte", idxLabels([10]));
  await expect(mnist({ dir: folder })).rejects.toThrow(/labels 0\.\.9, got 10/);
  await put("train-labels-idx1-ubyte", idxImages([[1, 1]], 1, 2));
  await expect(mnist({ dir: folder })).rejects.toThrow(FormatError);
  await put("train-images-idx3-ubyte", idxLabels([1]));
  await expect(mnist({ dir: folder })).rejects.toThrow(/must hold bytes \[images, height, width\], got \[1\]/);
});

test.skipIf(sharedMnist.missing !== "")(
  `the real files are read as they are: 10,000 digits, the content that was published${sharedMnist.missing}`,
  async () => {
    const data = await mnist({ dir: sharedMnist.dir });
    expect(data).toMatchObject({ name: "mnist-test", size: 10_000, classes: 10, shape: [28, 28, 1] });
    const { labels } = data.rows([0, 1, 2, 3, 4], key(0));
    expect([...labels]).toEqual([7, 2, 1, 0, 4]);
    // SHA-256 of the unpacked files, published beside those of the packed ones; gzip's time stamps may differ
    const published = {
      images: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      labels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    };
    for (const kind of ["images", "labels"] as const) {
      const packed = await readFile(join(sharedMnist.dir, mnistFiles.test[kind].name));
      expect(packed.length).toBe(mnistFiles.test[kind].bytes);
      expect(createHash("sha256").update(gunzipSync(packed)).digest("hex")).toBe(published[kind]);
    }
  },
);
