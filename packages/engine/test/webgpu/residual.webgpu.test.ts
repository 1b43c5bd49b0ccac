import { groupNormSilu, normalTensor, ops, own, type Tensor, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import { outline } from "../../src/jit/outline.ts";
import { expectNothingLeft } from "./reference/guardedGpu.ts";
import { expectNumbersNear, numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await startGpu({}); // WebGPU's default limits: what any adapter has
});
expectNothingLeft();

type Four = Parameters<typeof ops.conv2d>[1];
type F = (tensors: readonly Tensor[]) => Tensor[];
const conv = (x: Tensor, w: Tensor, stride = 1): Tensor => ops.conv2d(x as Four, w as Four, stride, "same");

const check = async (f: F, shapes: readonly (readonly number[])[], kinds: Readonly<Record<string, number>>) => {
  const draw = (): Tensor[] => shapes.map((shape, i) => normalTensor(key(i), [...shape]));
  await setBackend("cpu");
  const there = draw();
  const wanted = own(() => f(there));
  const want = await numbersOnHost(wanted);
  treeDispose([there, wanted]);
  await setBackend("webgpu");
  const here = draw();
  expect(outline(f, here).kinds).toEqual(kinds);
  const recorded = jit(f);
  const got = [recorded(here), recorded(here)];
  for (const each of got) expectNumbersNear(await numbersOnHost(each), want, 1e-4);
  treeDispose([here, got] as never);
};

/** Channels of x, of a skip connection, and of what a block makes. */
const blocks: readonly (readonly [number, number, number])[] = [
  [4, 8, 8],
  [3, 6, 5],
  [1, 2, 16],
];

/** A residual block on an image and a skip connection: 3x3 after a normalisation, 1x1 beside it. */
const block: F = ([x, skip, gamma, beta, w, bias, shortcut]) => {
  const both = ops.concat([x!, skip!], 3);
  const h = groupNormSilu(both, gamma!, beta!, { groups: 3, eps: 0.1 });
  return [ops.add(ops.add(conv(h, w!), conv(both, shortcut!)), bias!)];
};

test.each(blocks)("a block of %i and %i channels puts them together nowhere, and adds both branches in one place", (a, b, c) =>
  check(
    block,
    [[2, 5, 6, a], [2, 5, 6, b], [a + b], [a + b], [3, 3, a + b, c], [c], [1, 1, a + b, c]],
    { GroupNormOfParts: 1, ConvolutionSum: 1 },
  ),
); // prettier-ignore

test("its gradient", () =>
  check(
    (tensors) => valueAndGrad((all: Tensor[]) => own(() => ops.sum(ops.sin(block(all)[0]!))))([...tensors]).grad,
    [[2, 4, 4, 4], [2, 4, 4, 2], [6], [6], [3, 3, 6, 4], [4], [1, 1, 6, 4]],
    expect.any(Object) as never,
  )); // prettier-ignore

test("branches of other strides, and what follows their sum", () =>
  check(
    ([x, w, v, small, u]) => {
      const sum = ops.add(ops.add(conv(x!, w!, 2), conv(small!, u!)), conv(x!, v!, 2));
      return [ops.relu(ops.mul(sum, 0.5))];
    },
    [[2, 7, 6, 3], [3, 3, 3, 4], [1, 1, 3, 4], [2, 4, 3, 5], [3, 3, 5, 4]],
    expect.any(Object) as never,
  )); // prettier-ignore
