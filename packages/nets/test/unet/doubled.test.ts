import { normalTensor, ops } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { doubled } from "../../src/unet/doubled.ts";
import { backend } from "../backend.ts";
import { distance } from "../laws.ts";

beforeAll(backend);

test("doubled is the convolution of the picture with its pixels repeated", () => {
  const x = normalTensor(key(0), [2, 3, 5, 4]) as Tensor4D;
  const weight = normalTensor(key(1), [3, 3, 4, 6]) as Tensor4D;
  const plain = ops.conv2d(ops.resizeNearestNeighbor(x, [6, 10]), weight, 1, "same");
  const got = doubled(weight, x);
  expect(got.shape).toEqual([2, 6, 10, 6]);
  expect(distance(got, plain)).toBeLessThan(1e-5);
});
