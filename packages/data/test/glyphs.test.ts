import { key } from "@nonmarkov/random";
import { expect, test } from "vitest";
import { glyphs } from "../src/index.ts";
import { mnist } from "../src/node/index.ts";
import { sharedMnist } from "./sharedMnist.ts";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The share of images whose nearest neighbour among the examples has their label. */
const nearestNeighbour = (examples: Labelled, images: Labelled): number => {
  const length = 784;
  let right = 0;
  for (let i = 0; i < images.size; i++) {
    let [best, label] = [Infinity, -1];
    for (let j = 0; j < examples.size; j++) {
      let distance = 0;
      for (let p = 0; p < length && distance < best; p++)
        distance += (images.x[i * length + p]! - examples.x[j * length + p]!) ** 2;
      if (distance < best) [best, label] = [distance, examples.labels[j]!];
    }
    if (label === images.labels[i]) right++;
  }
  return right / images.size;
};
type Labelled = { readonly x: Float32Array; readonly labels: Int32Array; readonly size: number };

const examples = glyphs().rows(upTo(2000), key(1));

test("a glyph is a function of its index and key, whatever else is drawn", () => {
  const [one, many] = [glyphs().rows([7], key(3)), glyphs().rows([2, 7, 2 ** 40], key(3))];
  expect(many.x.subarray(784, 1568)).toEqual(one.x);
  expect(many.labels[1]).toBe(one.labels[0]);
  expect(glyphs().rows([7], key(4)).x).not.toEqual(one.x);
});

test("glyphs fill [-1, 1] on a dark border, and each digit is as frequent as the others", () => {
  for (const size of [28, 32, 64]) {
    const { x } = glyphs({ size }).rows(upTo(50), key(2));
    expect(x.every((value) => value >= -1 && value <= 1)).toBe(true);
    for (let i = 0; i < 50; i++) {
      const image = x.subarray(i * size * size, (i + 1) * size * size);
      expect(Math.max(...image)).toBeGreaterThan(0.9);
      expect(image.filter((value) => value === -1).length).toBeGreaterThan(0.5 * size * size);
      const border = image.filter(
        (_, p) => p < size || p >= size * (size - 1) || p % size === 0 || p % size === size - 1,
      );
      expect(border.every((value) => value === -1)).toBe(true);
    }
  }
  const counts = new Float64Array(10);
  for (const label of examples.labels) counts[label]!++;
  expect(counts.reduce((chi2, count) => chi2 + (count - 200) ** 2 / 200, 0)).toBeLessThan(27.9); // 0.1 % of chi-square, 9
  expect(() => glyphs({ size: 7.5 })).toThrow(RangeError);
});

test("glyphs can be told apart: the nearest of 2,000 names another one's digit right", () => {
  expect(nearestNeighbour(examples, glyphs().rows(upTo(200), key(9)))).toBeGreaterThan(0.95);
});

test.skipIf(sharedMnist.missing !== "")(
  `glyphs look like handwriting: the nearest of 2,000 names most real digits right${sharedMnist.missing}`,
  async () => {
    const real = (await mnist({ dir: sharedMnist.dir })).rows(upTo(200), key(0));
    expect(nearestNeighbour(examples, real)).toBeGreaterThan(0.75);
  },
);
