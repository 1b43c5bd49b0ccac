import { glyphs, toBytes } from "@nonmarkov/data";
import { key } from "@nonmarkov/random";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const idx = (sizes: readonly number[], data: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.writeUInt8(0x08, 2);
  head.writeUInt8(sizes.length, 3);
  sizes.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, data]);
};

/** Writes drawn digits of 8 x 8 pixels in the files of MNIST. */
export const writeTinyDigits = (dir: string, n: number, seed: number): void => {
  const { x, labels } = glyphs({ size: 8 }).rows(
    Array.from({ length: n }, (_, i) => i),
    key(seed),
  );
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "t10k-images-idx3-ubyte"), idx([n, 8, 8], toBytes(x)));
  writeFileSync(join(dir, "t10k-labels-idx1-ubyte"), idx([n], Uint8Array.from(labels)));
};
