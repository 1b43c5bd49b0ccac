import { grad, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { memory } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { expectFences, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear } from "./reference/compare.ts";
import { compositions, functionOf } from "./reference/composition.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** Tensors of moderate numbers. */
const drawn = (shapes: readonly (readonly number[])[], seed: number): Tensor[] =>
  shapes.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return ops.tensor(Array.from({ length: size }, (_, j) => Math.sin(1 + j * 1.7 + i * 5.3 + seed) * 1.5), [...shape]); // prettier-ignore
  });

describe("a recorded function computes what the function does", () => {
  test("bit for bit without fusion, up to roundings with it, for any composition of ops, also when it is replayed", () =>
    fc.assert(
      fc.property(compositions, (composition) => {
        const before = memory().numTensors;
        const f = functionOf(composition);
        const eager = (xs: Tensor[]): Tensor[] => own(() => f(xs));
        const exact = jit((xs: Tensor[]) => f(xs), { fusion: false });
        const fused = jit((xs: Tensor[]) => f(xs));
        for (const seed of [1, 2]) {
          const xs = drawn(composition.inputs, seed);
          const [want, same, near] = [eager(xs), exact(xs), fused(xs)];
          expectIdentical(same, want);
          expectNear(near, want, 1e-4);
          treeDispose([xs, want, same, near]);
        }
        expect(memory().numTensors).toBe(before);
        expectFences(ours().machine);
      }),
      { numRuns: 100 },
    ));

  test("and so does the recorded gradient of any composition", () =>
    fc.assert(
      fc.property(compositions, (composition) => {
        const before = memory().numTensors;
        const f = functionOf(composition);
        const loss = (xs: Tensor[]): Tensor => own(() => ops.addN(f(xs).map((y) => ops.sum(ops.sin(y)))));
        const gradient = (xs: Tensor[]): Tensor[] => grad(loss)(xs);
        const [exact, fused] = [jit(gradient, { fusion: false }), jit(gradient)];
        for (const seed of [1, 2]) {
          const xs = drawn(composition.inputs, seed);
          const [want, same, near] = [gradient(xs), exact(xs), fused(xs)];
          expectIdentical(same, want);
          expectNear(near, want, 1e-3);
          treeDispose([xs, want, same, near]);
        }
        expect(memory().numTensors).toBe(before);
        expectFences(ours().machine);
      }),
      { numRuns: 60 },
    ));
});
