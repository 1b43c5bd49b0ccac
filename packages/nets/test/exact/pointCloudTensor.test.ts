import { ops } from "@nonmarkov/autodiff";
import { pointCloud, pointCloudTensor } from "@nonmarkov/nets";
import { key, normal } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { backend } from "../backend.ts";

beforeAll(backend);

const { alphaBar } = linear({ T: 1000 });
const [n, d] = [40, 12];
const data = Float32Array.from(normal(key(1), n * d));

test.each([1, 5, 50, 300, 1000])("at t = %i it is pointCloud, to float32, and frees what it makes", async (t) => {
  const a = alphaBar[t]!;
  const noisy = Float32Array.from(normal(key(2), 7 * d), (z, i) => Math.sqrt(a) * data[i]! + Math.sqrt(1 - a) * z);
  const exact = pointCloud(Array.from({ length: n }, (_, i) => data.slice(i * d, (i + 1) * d))).x0(
    Float64Array.from(noisy),
    a,
  );
  const points = ops.tensor(data, [n, 3, 4, 1]);
  const x = ops.tensor(noisy, [7, 3, 4, 1]);
  const before = memory().numTensors;
  const x0 = pointCloudTensor(points, alphaBar)(x, t);
  expect(memory().numTensors).toBe(before + 1);
  expect(x0.shape).toEqual([7, 3, 4, 1]);
  (await x0.data()).forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(2e-4));
  [points, x, x0].forEach((tensor) => tensor.dispose());
});

test("an index without noise and other dims are refused", () => {
  const points = ops.zeros([3, 4]);
  const denoiser = pointCloudTensor(points, alphaBar);
  const x = ops.zeros([2, 5]);
  expect(() => denoiser(points, 0)).toThrow("pointCloudTensor: t must be an integer in 1..1000, got 0");
  expect(() => denoiser(points, 1001)).toThrow("got 1001");
  expect(() => denoiser(x, 5)).toThrow("pointCloudTensor: x must have the shape [batch, 4], got [2, 5]");
  points.dispose();
  x.dispose();
});
