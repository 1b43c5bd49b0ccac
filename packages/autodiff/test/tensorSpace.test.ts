import "@tensorflow/tfjs-backend-cpu";
import { foldIn, key, normal } from "@nonmarkov/random";
import type { VectorSpace } from "@nonmarkov/samplers";
import { describe, expect, test } from "vitest";
import { clipTensor, dynamicThresholdTensor, normalTensor, ops, type Tensor, tensorSpace } from "../src/index.ts";
import { expectFlat } from "./flat.ts";

describe("normalTensor", () => {
  test("row i is the noise of foldIn(key, firstIndex + i), in whatever batch it is drawn", () =>
    expectFlat(() => {
      const like = ops.zeros([2, 2, 3]);
      const [all, some] = [normalTensor(key(1), [5, 2, 3], 10), tensorSpace.normal(key(1), like, 12)];
      expect(all.shape).toEqual([5, 2, 3]);
      expect([...some.dataSync()]).toEqual([...all.dataSync()].slice(12, 24));
      expect([...all.dataSync()].slice(0, 6)).toEqual(Array.from(normal(foldIn(key(1), 10), 6), (v) => Math.fround(v)));
      return [like, all, some];
    }));

  test("a shape without rows is an error", () => {
    expect(() => normalTensor(key(1), [])).toThrow(RangeError);
  });
});

describe("tensorSpace", () => {
  test("is what the samplers ask for", () => {
    const space: VectorSpace<Tensor> = tensorSpace;
    expect(Object.keys(space).sort()).toEqual(["combine", "dispose", "normal"]);
  });

  test("combines and disposes", () =>
    expectFlat(() => {
      const [x, y] = [ops.tensor([1, 2]), ops.tensor([10, 20])];
      const z = tensorSpace.combine([2, 0.5], [x, y]);
      expect([...z.dataSync()]).toEqual([7, 14]);
      [x, y, z].forEach(tensorSpace.dispose);
    }));
});

describe("maps of x0", () => {
  test("clipTensor clips", () =>
    expectFlat(() => {
      const x = ops.tensor([-3, 0.5, 2]);
      const y = clipTensor()(x);
      const z = clipTensor(2.5)(x);
      expect([...y.dataSync(), ...z.dataSync()]).toEqual([-1, 0.5, 1, -2.5, 0.5, 2]);
      expect(() => clipTensor(0)).toThrow(RangeError);
      return [x, y, z];
    }));

  test("dynamicThresholdTensor divides each row by its quantile of |x|, kept within 1..max", () =>
    expectFlat(async () => {
      const x = ops.tensor([
        [0.1, -0.2, 0.3, 0.4, -0.5],
        [1, -2, 3, -4, 5],
        [10, -20, 30, -40, 50],
      ]);
      const y = await dynamicThresholdTensor({ ratio: 0.75, max: 8 })(x);
      const want = [0.1, -0.2, 0.3, 0.4, -0.5, 0.25, -0.5, 0.75, -1, 1, 1, -1, 1, -1, 1];
      [...y.dataSync()].forEach((got, i) => expect(got).toBeCloseTo(want[i]!, 6));
      const plain = await dynamicThresholdTensor()(x);
      expect([...plain.dataSync()].slice(5)).toEqual([1, -1, 1, -1, 1, 1, -1, 1, -1, 1]);
      expect(() => dynamicThresholdTensor({ ratio: 2 })).toThrow(/ratio must be in 0..1, got 2/);
      expect(() => dynamicThresholdTensor({ max: 0.5 })).toThrow(/max must be >= 1, got 0.5/);
      const scalar = ops.scalar(1);
      await expect(dynamicThresholdTensor()(scalar)).rejects.toThrow(/got a scalar/);
      return [x, y, plain, scalar];
    }));
});
