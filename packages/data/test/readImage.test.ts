import { FormatError } from "@nonmarkov/files";
import { key } from "@nonmarkov/random";
import { encode } from "fast-png";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fromBytes } from "../src/index.ts";
import { imageFolder, readImage } from "../src/node/index.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-image-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const bytes = Uint8Array.from({ length: 6 * 4 * 3 }, (_, i) => (i * 53) % 256);
const path = join(dir, "only", "image.png");
mkdirSync(join(dir, "only"));
writeFileSync(path, encode({ width: 6, height: 4, channels: 3, depth: 8, data: bytes }));

test("an image is read as the row that a folder of it has", async () => {
  for (const options of [{ size: 4 }, { size: 3, channels: 1, crop: "stretch" }] as const) {
    const folder = await imageFolder(join(dir, "only"), options);
    expect(await readImage(path, options)).toEqual(folder.rows([0], key(0)).x);
  }
});

test("an image of the right size is its own bytes", async () => {
  const square = join(dir, "square.png");
  const gray = bytes.slice(0, 16);
  writeFileSync(square, encode({ width: 4, height: 4, channels: 1, depth: 8, data: gray }));
  expect(await readImage(square, { size: 4, channels: 1 })).toEqual(fromBytes(gray));
});

test("what is missing, no image or too large, and sizes that are none, are errors", async () => {
  await expect(readImage(join(dir, "none.png"), { size: 4 })).rejects.toThrow(FormatError);
  await expect(readImage(join(dir, "none.png"), { size: 4 })).rejects.toThrow(/none\.png/);
  writeFileSync(join(dir, "text.png"), "text");
  await expect(readImage(join(dir, "text.png"), { size: 4 })).rejects.toThrow(FormatError);
  await expect(readImage(path, { size: 4, maxPixels: 23 })).rejects.toThrow(/at most 23 pixels/);
  await expect(readImage(path, { size: 1.5 })).rejects.toThrow(/size must be an integer of at least 1, got 1.5/);
  await expect(readImage(path, { size: 4, channels: 2 as never })).rejects.toThrow(/channels must be 1 or 3, got 2/);
});
