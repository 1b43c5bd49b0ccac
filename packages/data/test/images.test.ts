import { key } from "@nonmarkov/random";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBytes, glyphs, horizontalFlips, imageDataset, pad, randomShifts, toBytes } from "../src/index.ts";

test("every byte survives the way to [-1, 1] and back, and the ends are exact", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(toBytes(fromBytes(bytes))).toEqual(bytes);
  expect([fromBytes(bytes)[0], fromBytes(bytes)[255]]).toEqual([-1, 1]);
  expect(toBytes([-7, 7, NaN, Infinity])).toEqual(Uint8Array.of(0, 255, 0, 255));
});

test("padding keeps the image in the middle of black", () => {
  const data = imageDataset({
    name: "x",
    shape: [1, 2, 3],
    pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
    labels: [7],
    classes: 10,
  });
  const padded = pad(data, 4);
  expect(padded.shape).toEqual([4, 4, 3]);
  const { x, labels } = padded.rows([0], key(0));
  const expected = new Uint8Array(48);
  expected.set([1, 2, 3, 4, 5, 6], (1 * 4 + 1) * 3);
  expect(toBytes(x)).toEqual(expected);
  expect([...labels]).toEqual([7]);
  expect(() => pad(data, 1)).toThrow(RangeError);
  expect(pad(glyphs(), 32).rows([3], key(1)).x).toHaveLength(1024);
});

test("a flipped image is the image, or its mirror image line by line", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.nat(), (width, channels, seed) => {
      const pixels = Uint8Array.from({ length: 2 * width * channels }, (_, i) => i);
      const data = imageDataset({ name: "x", shape: [2, width, channels], pixels });
      const mirrored = pixels.map((_, i) => {
        const [line, column, channel] = [
          Math.floor(i / (width * channels)),
          Math.floor(i / channels) % width,
          i % channels,
        ];
        return (line * width + width - 1 - column) * channels + channel;
      });
      const flipped = toBytes(horizontalFlips(data).rows([0], key(seed)).x);
      expect([[...pixels], [...mirrored]]).toContainEqual([...flipped]);
    }),
  );
});

test("a shifted image is the image moved by at most so many pixels, with black coming in; all moves occur, and the rows do not depend on each other", () => {
  const [height, width, channels, most] = [4, 5, 2, 2];
  const pixels = Uint8Array.from({ length: 2 * height * width * channels }, (_, i) => i + 1);
  const data = imageDataset({ name: "x", shape: [height, width, channels], pixels });
  const moved = (image: number, down: number, right: number): number[] =>
    Array.from({ length: height * width * channels }, (_, i) => {
      const [y, x, c] = [
        Math.floor(i / (width * channels)) - down,
        (Math.floor(i / channels) % width) - right,
        i % channels,
      ];
      return y < 0 || y >= height || x < 0 || x >= width
        ? 0
        : pixels[((image * height + y) * width + x) * channels + c]!;
    });
  const all = [-2, -1, 0, 1, 2].flatMap((down) => [-2, -1, 0, 1, 2].map((right) => ({ down, right })));
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const both = toBytes(randomShifts(data, most).rows([0, 1], key(seed)).x);
    const second = toBytes(randomShifts(data, most).rows([1], key(seed)).x);
    expect([...both.subarray(both.length / 2)]).toEqual([...second]);
    const found = all.find(({ down, right }) => moved(1, down, right).join() === second.join());
    expect(found).toBeDefined();
    seen.add(JSON.stringify(found));
  }
  expect(seen.size).toBe(25);
  expect(() => randomShifts(data, 4)).toThrow("randomShifts: most must be an integer in 0..3, got 4");
});

test("pixels and labels that do not fit the shape are refused", () => {
  expect(() => imageDataset({ name: "x", shape: [2, 2, 1], pixels: new Uint8Array(7) })).toThrow(/multiple of 4/);
  expect(() => imageDataset({ name: "x", shape: [2, 2, 1], pixels: new Uint8Array(8), labels: [1] })).toThrow(
    /one per image, 2, got 1/,
  );
});
