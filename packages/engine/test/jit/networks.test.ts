import { hvp, ops, own, type Tensor, type Tree, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { expectFences, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear } from "./reference/compare.ts";
import { batchOf, parametersOf, type Subject, subjects } from "./reference/networks.ts";

beforeAll(async () => {
  await startGuarded(2);
});

const loss =
  ({ net }: Subject) =>
  (params: Tree, [x, t, labels]: readonly Tensor[]): Tensor =>
    own(() => ops.mean(ops.square(ops.sub(net.apply(params, x!, t!, labels), ops.sin(x!)))));

/** Calls with other parameters and other batches, some of which come again: what is prepared from weights must follow. */
const calls: readonly (readonly [params: number, batch: number, size: number])[] = [
  [0, 1, 3],
  [0, 2, 3],
  [0, 3, 3],
  [1, 1, 3],
  [0, 1, 5],
  [1, 1, 3],
];

const check = (f: (params: Tree, batch: readonly Tensor[]) => Tree, subject: Subject, bound: number): void => {
  const before = memory().numTensors;
  const params = [parametersOf(subject, 1), parametersOf(subject, 2)];
  const [exact, fused] = [jit(f, { fusion: false }), jit(f)];
  calls.forEach(([which, seed, size], i) => {
    const batch = batchOf(subject, size, seed);
    const want = f(params[which]!, batch);
    const [same, near] = [exact(params[which]!, batch), fused(params[which]!, batch)];
    expectIdentical(same, want, `call ${i}`);
    expectNear(near, want, bound, `call ${i}`);
    treeDispose([batch, want, same, near]);
  });
  treeDispose(params);
  expect(memory().numTensors).toBe(before);
  expectFences(ours().machine);
};

describe.each(Object.entries(subjects).filter(([name]) => name !== "a U-Net of one level"))(
  "%s, recorded, is itself: bit for bit, and up to roundings where it is fused",
  (_, subject) => {
    test("its values", () =>
      check((params, [x, t, labels]) => subject.net.apply(params, x!, t!, labels), subject, 1e-5));
    test("its loss and gradient", () => check(valueAndGrad(loss(subject)) as never, subject, 1e-4));
  },
);

test("second derivatives of a recorded function are recorded like all else", () => {
  const subject = subjects["an MLP"]!;
  const [params, vector, batch] = [parametersOf(subject, 1), parametersOf(subject, 5), batchOf(subject, 3, 1)];
  const product = (p: Tree, v: Tree, b: readonly Tensor[]): Tree => hvp((q: Tree) => loss(subject)(q, b), p, v);
  const want = product(params, vector, batch);
  const [same, near] = [jit(product, { fusion: false })(params, vector, batch), jit(product)(params, vector, batch)];
  expectIdentical(same, want);
  expectNear(near, want, 1e-4);
  treeDispose([params, vector, batch, want, same, near]);
});
