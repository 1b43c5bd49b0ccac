import "@tensorflow/tfjs-backend-cpu";
import { key, normal } from "@nonmarkov/random";
import { describe, expect, test } from "vitest";
import { groupNorm, groupNormSilu, ops, silu, treeDispose } from "../src/index.ts";
import { expectFlat } from "./flat.ts";

/** Group normalisation in float64, straight from its definition; x [rows, places, channels]. */
const reference = (
  x: readonly number[],
  [rows, places, channels]: [number, number, number],
  groups: number,
  eps: number,
) => {
  const width = channels / groups;
  const result = x.map(Number);
  for (let row = 0; row < rows; row++)
    for (let group = 0; group < groups; group++) {
      const members = Array.from(
        { length: places * width },
        (_, i) => (row * places + Math.floor(i / width)) * channels + group * width + (i % width),
      );
      const mean = members.reduce((sum, i) => sum + x[i]!, 0) / members.length;
      const variance = members.reduce((sum, i) => sum + (x[i]! - mean) ** 2, 0) / members.length;
      for (const i of members) result[i] = (x[i]! - mean) / Math.sqrt(variance + eps);
    }
  return result;
};

describe("groupNorm", () => {
  test.each([
    [[2, 3, 5, 8], 4],
    [[3, 7, 6], 1],
    [[2, 6], 3],
    [[1, 2, 2, 2, 4], 4],
    [[2, 40, 30, 4], 2],
  ])("of %j in %i groups is (x - mean) / sqrt(variance + eps), times gamma, plus beta", (shape, groups) =>
    expectFlat(() => {
      const size = shape.reduce((a, b) => a * b);
      const channels = shape.at(-1)!;
      const values = Array.from(normal(key(3), size), (v) => Math.fround(v + 2));
      const [x, gamma, beta] = [
        ops.tensor(values, shape),
        ops.tensor(Array.from({ length: channels }, (_, c) => 1 + c)),
        ops.tensor(Array.from({ length: channels }, (_, c) => c / 2)),
      ];
      const rows = shape[0]!;
      const plain = reference(values, [rows, size / rows / channels, channels], groups, 1e-3);
      const y = groupNorm(x, gamma, beta, { groups, eps: 1e-3 });
      const z = groupNormSilu(x, gamma, beta, { groups, eps: 1e-3 });
      expect(y.shape).toEqual(shape);
      y.dataSync().forEach((got, i) => {
        const c = i % channels;
        expect(Math.abs(got - (plain[i]! * (1 + c) + c / 2))).toBeLessThan(1e-4);
      });
      const activated = silu(y);
      const want = activated.dataSync();
      z.dataSync().forEach((got, i) => expect(Math.abs(got - want[i]!)).toBeLessThan(1e-4));
      return [x, gamma, beta, y, z, activated];
    }),
  );

  test("large means cost no accuracy, and constant groups give beta, not NaN", () =>
    expectFlat(() => {
      const values = Array.from(normal(key(4), 64), (v) => Math.fround(v + 4096));
      const [x, flat, one, zero] = [
        ops.tensor(values, [1, 16, 4]),
        ops.fill([1, 16, 4], 1e4),
        ops.ones([4]),
        ops.zeros([4]),
      ];
      const y = groupNorm(x, one, zero, { groups: 2 });
      const plain = reference(values, [1, 16, 4], 2, 1e-5);
      [...y.dataSync()].forEach((got, i) => expect(got).toBeCloseTo(plain[i]!, 2));
      const constant = groupNorm(flat, one, one, { groups: 2 });
      expect([...constant.dataSync()].every((v) => Math.abs(v - 1) < 1e-3)).toBe(true);
      return [x, flat, one, zero, y, constant];
    }));

  test("settings that do not fit are errors", () => {
    const [x, three, four] = [ops.zeros([2, 3, 4]), ops.zeros([3]), ops.zeros([4])];
    expect(() => groupNorm(x, four, four, { groups: 3 })).toThrow(/must divide the 4 channels, got 3/);
    expect(() => groupNorm(x, three, four, { groups: 2 })).toThrow(/must be \[4\], got \[3\] and \[4\]/);
    expect(() => groupNormSilu(four, four, four, { groups: 2 })).toThrow(/\[batch, ...places, channels\], got \[4\]/);
    treeDispose([x, three, four]);
  });
});
