import { normalTensor, ops, treeDispose } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { denoiserOf, labelTensor, mlp } from "../src/index.ts";

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

test("denoisers of one network keep to their parameters, labels, indices and numbers of rows", async () => {
  const net = mlp({ hidden: 8, depth: 1, frequencies: 4, classes: 3 });
  const cases = [1, 2].flatMap((seed) => [[0, -1, 2], [1, 1, 0], [2]].map((labels) => ({ seed, labels })));
  const made = cases.map(({ seed, labels }, i) => {
    const [params, classes] = [net.init(key(seed)), labelTensor(labels, 3)];
    const x = normalTensor(key(10 + i), [labels.length, 2]);
    return { params, classes, x, denoiser: denoiserOf(net, params, classes) };
  });
  const held = memory().numTensors;
  for (const t of [3, 700, 3])
    for (const { params, classes, x, denoiser } of made) {
      const times = ops.fill([x.shape[0]!], t);
      const [got, want] = [denoiser(x, t), net.apply(params, x, times, classes)];
      (await got.data()).forEach((value, i) => expect(value).toBeCloseTo(want.dataSync()[i]!, 5));
      treeDispose([times, got, want]);
    }
  expect(memory().numTensors).toBe(held);
  made.forEach(({ params, classes, x }) => treeDispose([params, classes, x] as never));
});
