import { key, type Key } from "@nonmarkov/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchAt, horizontalFlips, imageDataset, rings } from "../src/index.ts";

/** A data set whose row i holds the number i. */
const numbered = (size: number) =>
  imageDataset({
    name: "numbered",
    shape: [1, 1, 3],
    pixels: Uint8Array.from({ length: 3 * size }, (_, i) => (Math.floor(i / 3) >> (8 * (i % 3))) & 255),
    labels: Int32Array.from({ length: size }, (_, i) => i),
  });

const keys: fc.Arbitrary<Key> = fc.maxSafeInteger().map(key);
const sizes = fc.integer({ min: 1, max: 40 });

const sequence = (size: number, k: Key, steps: number, batchSize: number): number[] => {
  const data = numbered(size);
  return Array.from({ length: steps }, (_, step) => [...batchAt(data, k, step, batchSize).labels]).flat();
};

describe("batches of a finite data set", () => {
  test("every row comes exactly once in every epoch, whatever the batch size", () => {
    fc.assert(
      fc.property(keys, sizes, sizes, (k, size, batchSize) => {
        const rows = sequence(size, k, Math.ceil((3 * size) / batchSize), batchSize);
        const all = Array.from({ length: size }, (_, i) => i);
        for (let epoch = 0; epoch < 3; epoch++)
          expect(rows.slice(epoch * size, (epoch + 1) * size).sort((a, b) => a - b)).toEqual(all);
      }),
    );
  });

  test("the sequence of rows does not depend on the batch size, and a batch not on those before it", () => {
    fc.assert(
      fc.property(keys, sizes, sizes, fc.nat({ max: 20 }), (k, size, batchSize, step) => {
        const rows = sequence(size, k, (step + 1) * batchSize, 1);
        const batch = batchAt(numbered(size), k, step, batchSize);
        expect([...batch.labels]).toEqual(rows.slice(step * batchSize));
        expect([...batchAt(numbered(size), k, step, batchSize).labels]).toEqual([...batch.labels]);
      }),
    );
  });

  test("epochs and keys have orders of their own", () => {
    const rows = sequence(50, key(0), 2, 50);
    expect(rows.slice(0, 50)).not.toEqual(rows.slice(50));
    expect(sequence(50, key(1), 1, 50)).not.toEqual(rows.slice(0, 50));
  });

  test("one data set may be read with several keys in turn", () => {
    const data = numbered(30);
    const [a, b] = [key(1), key(2)];
    const alone = [0, 1, 2].map((step) => batchAt(numbered(30), a, step, 10).labels);
    expect([0, 1, 2].map((step) => (batchAt(data, b, step, 10), batchAt(data, a, step, 10).labels))).toEqual(alone);
  });

  test("x belongs to the labels", () => {
    const { x, labels, size } = batchAt(numbered(300), key(3), 7, 20);
    expect(size).toBe(20);
    labels.forEach((row, i) =>
      expect(Math.round((x[3 * i]! + 1) * 127.5) + 256 * Math.round((x[3 * i + 1]! + 1) * 127.5)).toBe(row),
    );
  });
});

test("batches of generated data are its rows in order, each a function of its index and the key alone", () => {
  fc.assert(
    fc.property(keys, sizes, fc.nat({ max: 1000 }), (k, batchSize, step) => {
      const batch = batchAt(rings.dataset, k, step, batchSize);
      const one = batchAt(rings.dataset, k, step * batchSize + batchSize - 1, 1);
      expect(batch.x.slice(-2)).toEqual(one.x);
      expect(batch.labels.at(-1)).toBe(one.labels[0]);
    }),
  );
});

test("flips of a row differ between epochs and do not depend on the batch size", () => {
  const image = imageDataset({ name: "arrow", shape: [1, 2, 1], pixels: Uint8Array.of(0, 255) });
  const flipped = horizontalFlips(image);
  const ones = Array.from({ length: 400 }, (_, step) => batchAt(flipped, key(5), step, 1).x[0]);
  expect([...batchAt(flipped, key(5), 0, 400).x].filter((_, i) => i % 2 === 0)).toEqual(ones);
  const left = ones.filter((value) => value === -1).length;
  expect(Math.abs(left - 200)).toBeLessThan(5 * Math.sqrt(100)); // five standard deviations of fair coins
});

test("no batch is made of what is no count, or of nothing", () => {
  const data = numbered(3);
  for (const batchSize of [0, -1, 1.5, NaN, Infinity])
    expect(() => batchAt(data, key(0), 0, batchSize)).toThrow(/batchSize/);
  for (const step of [-1, 0.5, NaN, 2 ** 53]) expect(() => batchAt(data, key(0), step, 2)).toThrow(/step/);
  expect(() => batchAt(numbered(0), key(0), 0, 1)).toThrow(/must have rows/);
  expect(() => data.rows([3], key(0))).toThrow(/0\.\.2, got 3/);
});
