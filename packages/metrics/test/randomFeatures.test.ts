import { key, normal } from "@nonmarkov/random";
import { expect, test } from "vitest";
import { frechetDistance, randomFeatures } from "../src/index.ts";

const shape = [6, 5, 2];
const size = 60;
const pictures = (seed: number, n: number) => ({ n, data: normal(key(seed), n * size) });

test("a feature is the mean over the picture of the positive part of one centred random filter", () => {
  const data = normal(key(1), size);
  const features = randomFeatures({ key: key(2), shape, count: 3 })({ n: 1, data }).data;
  const weights = normal(key(2), 3 * 18);
  for (let f = 0; f < 3; f++) {
    const filter = weights.subarray(f * 18, (f + 1) * 18);
    const mean = filter.reduce((a, b) => a + b, 0) / 18;
    const responses: number[] = [];
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 3; x++) {
        const sum = filter.reduce((total, weight, i) => {
          const [row, column, channel] = [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2];
          return total + (weight - mean) * data[((y + row) * 5 + x + column) * 2 + channel]!;
        }, 0);
        responses.push(Math.max(0, sum / 3));
      }
    expect(features[f]).toBeCloseTo(responses.reduce((a, b) => a + b, 0) / 12, 12);
  }
});

test("of vectors it is a random layer", () => {
  const x = Float64Array.of(0.3, -1.2);
  const features = randomFeatures({ key: key(4), shape: [2], count: 5 })({ n: 1, data: x }).data;
  const w = normal(key(4), 15);
  for (let f = 0; f < 5; f++) {
    const sum = (w[3 * f]! * x[0]! + w[3 * f + 1]! * x[1]!) / Math.SQRT2 + w[3 * f + 2]!;
    expect(features[f]).toBeCloseTo(Math.max(0, sum), 12);
  }
});

test("a row's features do not depend on its neighbours, nor on brightness, nor on how many features there are", () => {
  const { data } = pictures(5, 4);
  const features = randomFeatures({ key: key(6), shape, count: 8 });
  const all = features({ n: 4, data });
  const alone = features({ n: 1, data: data.subarray(2 * size, 3 * size) });
  expect(Array.from(alone.data)).toEqual(Array.from(all.data.subarray(16, 24)));
  const brighter = features({ n: 4, data: data.map((value) => value + 0.7) });
  brighter.data.forEach((value, i) => expect(value).toBeCloseTo(all.data[i]!, 10));
  const more = randomFeatures({ key: key(6), shape, count: 9 })({ n: 1, data: data.subarray(0, size) });
  expect(Array.from(more.data.subarray(0, 8))).toEqual(Array.from(all.data.subarray(0, 8)));
});

test("left-over noise moves their Frechet distance far more than it moves between two sets of one kind", () => {
  const smooth = (seed: number) => {
    const levels = normal(key(seed), 100);
    return {
      n: 100,
      data: Float64Array.from({ length: 100 * size }, (_, i) => levels[Math.floor(i / size)]! * ((i % size) / size)),
    };
  };
  const features = randomFeatures({ key: key(7), shape });
  const noise = normal(key(8), 100 * size);
  const noisy = { n: 100, data: smooth(10).data.map((value, i) => value + 0.2 * noise[i]!) };
  const same = frechetDistance(features(smooth(10)), features(smooth(11))).distance;
  expect(frechetDistance(features(noisy), features(smooth(11))).distance).toBeGreaterThan(10 * same);
});

test("shapes, counts and data that do not fit are refused", () => {
  expect(() => randomFeatures({ key: key(0), shape: [2, 9, 1] })).toThrow("at least 3 x 3");
  expect(() => randomFeatures({ key: key(0), shape: [4, 4] })).toThrow("got [4, 4]");
  expect(() => randomFeatures({ key: key(0), shape, count: 0 })).toThrow("count");
  expect(() => randomFeatures({ key: key(0), shape })({ n: 2, data: new Float32Array(size) })).toThrow("120 numbers");
});
