import { ops, type Tensor, valueAndGrad, treeDispose } from "@nonmarkov/autodiff";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { jit } from "../../src/index.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(() => startGpu());

test("a recorded function runs", async () => {
  const f = jit((x: Tensor, y: Tensor) => ops.add(ops.mul(ops.exp(x), y), ops.sum(x)));
  const [x, y] = [ops.tensor1d([1, 2, 3, 4, 5]), ops.scalar(2)];
  const before = memory().numTensors;
  const a = f(x, y);
  const b = f(x, y);
  const got = [...(await a.data())];
  [1, 2, 3, 4, 5].forEach((v, i) => expect(got[i]).toBeCloseTo(Math.exp(v) * 2 + 15, 3));
  expect([...(await b.data())]).toEqual(got);
  const c = f(a, y);
  expect((await c.data()).length).toBe(5);
  treeDispose([a, b, c]);
  expect(memory().numTensors).toBe(before);
});
