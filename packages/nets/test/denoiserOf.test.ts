import { ops, treeDispose } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { denoiserOf, mlp } from "../src/index.ts";

beforeAll(() => start({ backend: "cpu" }));

test("a denoiser is the network at one index for all rows, and leaves nothing behind", async () => {
  const before = memory().numTensors;
  const net = mlp({ hidden: 8, depth: 1, frequencies: 4 });
  const params = net.init(key(1));
  const x = ops.tensor([1, 2, 3, 4], [2, 2]);
  const t = ops.tensor([7, 7]);
  const held = memory().numTensors;
  const got = denoiserOf(net, params)(x, 7);
  expect(memory().numTensors).toBe(held + 1);
  const want = net.apply(params, x, t);
  expect(await got.data()).toEqual(await want.data());
  expect(() => denoiserOf(net, params)(ops.tensor([1]), 7)).toThrow(RangeError);
  treeDispose([params, x, t, got, want] as never);
  expect(memory().numTensors).toBeLessThanOrEqual(before + 1);
});
