import { key } from "@nonmarkov/random";
import { encode } from "fast-png";
import { encodeJpeg, Image } from "image-js";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FormatError } from "@nonmarkov/files";
import { toBytes, type Dataset } from "../src/index.ts";
import { cifar10, imageFolder } from "../src/node/index.ts";
import { decodeImage } from "../src/node/decodeImage.ts";

let root: string;
let dir: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nonmarkov-folders-"));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  dir = await mkdtemp(join(root, "x-"));
});

const put = async (name: string, bytes: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(join(dir, name)), { recursive: true });
  await writeFile(join(dir, name), bytes);
};
const bytesOf = (data: Dataset, ...rows: number[]): number[] => [...toBytes(data.rows(rows, key(0)).x)];
const png = (width: number, height: number, channels: 1 | 2 | 3 | 4, data: readonly number[]): Uint8Array =>
  encode({ width, height, channels, depth: 8, data: Uint8Array.from(data) });
const jpeg = (width: number, height: number, rgb: readonly number[]): Uint8Array => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => rgb[i % 3]!);
  return encodeJpeg(new Image(width, height, { data }), { quality: 95 });
};

describe("CIFAR-10", () => {
  const record = (label: number, [r, g, b]: readonly [number, number, number]): Uint8Array =>
    Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? label : i <= 1024 ? r : i <= 2048 ? g : b));

  test("the planes of records become pixels, batch after batch; the folder or the one above is read", async () => {
    await put("cifar-10-batches-bin/data_batch_1.bin", Buffer.concat([record(3, [1, 2, 3]), record(9, [4, 5, 6])]));
    await put("cifar-10-batches-bin/data_batch_2.bin", record(0, [7, 8, 9]));
    await put("cifar-10-batches-bin/test_batch.bin", record(5, [10, 11, 12]));
    const train = await cifar10(dir);
    expect(train).toMatchObject({ name: "cifar10-train", size: 3, classes: 10, shape: [32, 32, 3] });
    expect([...train.rows([0, 1, 2], key(0)).labels]).toEqual([3, 9, 0]);
    expect(bytesOf(train, 2, 0).filter((_, i) => i % 3072 < 6)).toEqual([7, 8, 9, 7, 8, 9, 1, 2, 3, 1, 2, 3]);
    const tested = await cifar10(join(dir, "cifar-10-batches-bin"), { split: "test" });
    expect(bytesOf(tested, 0).slice(-3)).toEqual([10, 11, 12]);
  });

  test("files that are missing, cut, empty or have a label beyond 9 are refused by name", async () => {
    await expect(cifar10(dir)).rejects.toThrow(/must hold data_batch_1\.bin.*got an empty folder/);
    await put("data_batch_1.bin", record(1, [0, 0, 0]).subarray(1));
    await expect(cifar10(dir)).rejects.toThrow(
      /data_batch_1\.bin: must be whole records of 3073 bytes, got 3072 bytes/,
    );
    await put("data_batch_1.bin", "");
    await expect(cifar10(dir)).rejects.toThrow(FormatError);
    await put("data_batch_1.bin", Buffer.concat([record(1, [0, 0, 0]), record(10, [0, 0, 0])]));
    await expect(cifar10(dir)).rejects.toThrow(/record 1: must have a label in 0\.\.9, got 10/);
  });
});

describe("folders of images", () => {
  test("PNG and JPEG of any size become squares: cut out of the middle and scaled, or stretched", async () => {
    await put("b.png", png(4, 2, 1, [9, 10, 20, 9, 9, 30, 40, 9]));
    await put("a.jpeg", jpeg(16, 48, [200, 100, 50]));
    await put(".hidden.png", "");
    await put("notes.txt", "");
    const grey = await imageFolder(dir, { size: 2, channels: 1 });
    expect(grey).toMatchObject({ size: 2, classes: 0, shape: [2, 2, 1], classNames: [] });
    expect(bytesOf(grey, 1)).toEqual([10, 20, 30, 40]);
    const luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50;
    for (const value of bytesOf(grey, 0)) expect(Math.abs(value - luma)).toBeLessThan(3);
    const colour = await imageFolder(dir, { size: 2, crop: "stretch" });
    bytesOf(colour, 0).forEach((value, i) => expect(Math.abs(value - [200, 100, 50][i % 3]!)).toBeLessThan(4));
    const [left, right] = [bytesOf(colour, 1)[0]!, bytesOf(colour, 1)[3]!];
    expect([left > 9 && left < 14, right > 12 && right < 20]).toEqual([true, true]);
  });

  test("shrinking averages what it leaves out, so that fine patterns turn grey; growing keeps flat colours", async () => {
    await put(
      "a.png",
      png(
        64,
        64,
        1,
        Array.from({ length: 4096 }, (_, i) => ((i + (i >> 6)) % 2) * 255),
      ),
    );
    for (const value of bytesOf(await imageFolder(dir, { size: 8, channels: 1 }), 0))
      expect(Math.abs(value - 127.5)).toBeLessThan(6);
    await put("a.png", png(1, 1, 3, [1, 2, 3]));
    expect(bytesOf(await imageFolder(dir, { size: 5 }), 0)).toEqual(Array.from({ length: 75 }, (_, i) => (i % 3) + 1));
  });

  test("sub-folders are classes in the order of their names, unless they are to be taken together", async () => {
    for (const [name, value] of [
      ["cat/2.png", 1],
      ["cat/deep/1.png", 2],
      ["ant/x.PNG", 3],
    ] as const)
      await put(name, png(1, 1, 1, [value]));
    await put("empty/readme.txt", "");
    const data = await imageFolder(dir, { size: 1, channels: 1 });
    expect(data).toMatchObject({ classes: 2, classNames: ["ant", "cat"], size: 3 });
    expect([...data.rows([0, 1, 2], key(0)).labels]).toEqual([0, 1, 1]);
    expect(bytesOf(data, 0, 1, 2)).toEqual([3, 1, 2]);
    expect(await imageFolder(dir, { size: 1, classes: false })).toMatchObject({ classes: 0, classNames: [], size: 3 });
    await put("loose.png", png(1, 1, 1, [0]));
    await expect(imageFolder(dir, { size: 1 })).rejects.toThrow(/sub-folders only.*loose\.png/);
  });

  test("transparent parts are black, and flips mirror at random", async () => {
    await put("a.png", png(2, 2, 4, [255, 0, 0, 255, 0, 0, 255, 0, 100, 100, 100, 255, 50, 50, 50, 0]));
    const expected = [255, 0, 0, 0, 0, 0, 100, 100, 100, 0, 0, 0];
    expect(bytesOf(await imageFolder(dir, { size: 2 }), 0)).toEqual(expected);
    const flipped = await imageFolder(dir, { size: 2, flips: true });
    const seen = new Set(Array.from({ length: 20 }, (_, i) => toBytes(flipped.rows([0], key(i)).x).join()));
    expect(seen).toEqual(new Set([expected.join(), "0,0,0,255,0,0,0,0,0,100,100,100"]));
  });

  test("PNG of 1, 2, 4 and 16 bits and with palettes are read, lines of odd width too", async () => {
    const decoded = async (depth: 1 | 2 | 4 | 16, bytes: Uint8Array | Uint16Array, palette?: number[][]) => {
      const image = { width: 3, height: 2, channels: 1 as const, depth, data: bytes, ...(palette ? { palette } : {}) };
      return [...(await decodeImage(encode(image as Parameters<typeof encode>[0]), "x", 100)).data];
    };
    expect(await decoded(1, Uint8Array.of(0b10100000, 0b01100000))).toEqual([255, 0, 255, 0, 255, 255]);
    expect(await decoded(2, Uint8Array.of(0b00011000, 0b11000100))).toEqual([0, 85, 170, 255, 0, 85]);
    expect(await decoded(4, Uint8Array.of(0x01, 0x20, 0xf8, 0x30))).toEqual([0, 17, 34, 255, 136, 51]);
    expect(await decoded(16, Uint16Array.of(0, 256, 65535, 512, 513, 767))).toEqual([0, 1, 255, 2, 2, 2]);
    const palette = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ];
    expect(await decoded(2, Uint8Array.of(0b00011000, 0b11000100), palette)).toEqual(
      [0, 1, 2, 3, 0, 1].flatMap((i) => palette[i]!),
    );
  });

  test("an image that is damaged, of another kind or claims too many pixels is refused by its name", async () => {
    await put("broken.png", png(4, 4, 1, Array(16).fill(3)).subarray(0, 50));
    await expect(imageFolder(dir, { size: 4 })).rejects.toThrow(/broken\.png: must be a whole PNG image/);
    await put("broken.png", "GIF89a");
    await expect(imageFolder(dir, { size: 4 })).rejects.toThrow(
      /broken\.png: must be a whole PNG or JPEG image, got 6 other bytes/,
    );
    const bomb = png(4, 4, 1, Array(16).fill(3));
    new DataView(bomb.buffer, bomb.byteOffset).setUint32(16, 2 ** 31 - 1);
    await put("broken.png", bomb);
    await expect(imageFolder(dir, { size: 4 })).rejects.toThrow(/at most 100000000 pixels, got 2147483647 x 4/);
    await rm(join(dir, "broken.png"));
    await expect(imageFolder(dir, { size: 4 })).rejects.toThrow(/must hold .png, .jpg or .jpeg images, got none/);
    await expect(imageFolder(join(dir, "no"), { size: 4 })).rejects.toThrow(/got nothing there/);
    await expect(imageFolder(dir, { size: 0 })).rejects.toThrow(RangeError);
  });

  test.each([
    [
      "PNG",
      png(
        3,
        3,
        3,
        Array.from({ length: 27 }, (_, i) => i * 9),
      ),
    ],
    ["JPEG", jpeg(9, 9, [10, 200, 30])],
  ])(
    "a %s cut anywhere is refused; with a byte changed it is refused or decoded, and no other error comes",
    async (kind, bytes) => {
      for (let cut = 0; cut < bytes.length; cut += 7)
        await expect(decodeImage(bytes.slice(0, cut), "x", 1e4)).rejects.toThrow(FormatError);
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), async (at, value) => {
          const damaged = bytes.map((byte, i) => (i === at ? value : byte));
          const image = await decodeImage(damaged, "x", 1e4).catch((error: unknown) => {
            if (!(error instanceof FormatError)) throw error;
          });
          if (image !== undefined) expect(image.data).toHaveLength(image.width * image.height * image.channels);
          if (kind === "PNG" && image !== undefined) expect(damaged).toEqual(bytes); // every byte of a PNG is under a checksum
        }),
        { numRuns: 150 },
      );
    },
  );
});
