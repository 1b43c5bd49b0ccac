import { grad, groupNormSilu, hvp, normalTensor, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import { type Composition, compositions, functionOf } from "../jit/reference/composition.ts";
import { expectNothingLeft } from "./reference/guardedGpu.ts";
import { expectNumbersNear, numbersOnHost, type OnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await startGpu();
});
expectNothingLeft();

const drawn = ({ inputs }: Composition): Tensor[] =>
  inputs.map((shape, i) =>
    own(() => ops.reshape(normalTensor(key(i + 1), shape.length === 0 ? [1] : shape), [...shape])),
  );

/** The gradient of a number that all results have a part in. */
const gradientOf = (composition: Composition): ((xs: Tensor[]) => Tensor[]) => {
  const f = functionOf(composition);
  return grad((xs: Tensor[]): Tensor => own(() => ops.addN(f(xs).map((y) => ops.sum(ops.sin(y))))));
};

const onCpu = async (composition: Composition): Promise<readonly OnHost[]> => {
  await setBackend("cpu");
  const inputs = drawn(composition);
  const gradients = gradientOf(composition)(inputs);
  const want = await numbersOnHost(gradients);
  treeDispose([inputs, gradients]);
  await setBackend("webgpu");
  return want;
};

const settings = (runs: number): fc.Parameters<unknown> => ({
  numRuns: Number(process.env["RUNS"] ?? runs),
  ...(process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) }),
});

describe("the recorded gradient of any composition of ops is what tfjs's cpu backend computes", () => {
  test.each([
    [true, 15],
    [false, 8],
  ])("fusion: %s", (fusion, runs) =>
    fc.assert(
      fc.asyncProperty(compositions, async (composition) => {
        const want = await onCpu(composition);
        const inputs = drawn(composition);
        const recorded = jit(gradientOf(composition), { fusion });
        const made = [recorded(inputs), recorded(inputs)];
        for (const got of made) expectNumbersNear(await numbersOnHost(got), want, 1e-3, "", 0.01);
        treeDispose([inputs, made] as never);
      }),
      settings(runs),
    ),
  );
});

test("a group normalisation whose gradient is what it normalised", async () => {
  // the gradient by x of ½ (x · norm(x)) reads x as dy, and may write dx over it
  const f = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
    own(() => ops.sum(ops.mul(x, norm(ops.mul(x, 2), gamma, beta))));
  const norm = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
    groupNormSilu(x, gamma, beta, { groups: 2, eps: 0.1 });
  const make = (): Tensor[] => [
    normalTensor(key(1), [2, 3, 3, 8]),
    normalTensor(key(2), [8]),
    normalTensor(key(3), [8]),
  ];
  const gradient = (tensors: Tensor[]): Tensor[] => grad(([x, gamma, beta]: Tensor[]) => f(x!, gamma!, beta!))(tensors);
  await setBackend("cpu");
  const there = make();
  const wanted = gradient(there);
  const want = await numbersOnHost(wanted);
  await setBackend("webgpu");
  const here = make();
  const got = jit((tensors: Tensor[]) => gradient(tensors), { overwrites: [0] })(here);
  expectNumbersNear(await numbersOnHost(got), want, 1e-4);
  treeDispose([there, wanted, here, got]);
});

test("second derivatives are recorded like all else", async () => {
  const loss = ([x, w]: readonly Tensor[]): Tensor => own(() => ops.sum(ops.tanh(ops.matMul(ops.sin(x!), w!))));
  const product = (tensors: Tensor[]): Tensor[] => hvp((at: Tensor[]) => loss(at), tensors.slice(0, 2), tensors.slice(2)); // prettier-ignore
  const make = (): Tensor[] => [[3, 4], [4, 5], [3, 4], [4, 5]].map((shape, i) => normalTensor(key(i), shape)); // prettier-ignore
  await setBackend("cpu");
  const there = make();
  const wanted = product(there);
  const want = await numbersOnHost(wanted);
  await setBackend("webgpu");
  const here = make();
  const got = jit(product)(here);
  expectNumbersNear(await numbersOnHost(got), want, 1e-4);
  expect(got).toHaveLength(2);
  treeDispose([there, wanted, here, got]);
});
