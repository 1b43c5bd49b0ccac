import { normalTensor, ops, own, type Tensor, treeClone, treeDispose } from "@nonmarkov/autodiff";
import { jit, start as startBackend } from "@nonmarkov/engine";
import { foldIn, key } from "@nonmarkov/random";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { paddedBytes } from "../../src/machine/allocator.ts";
import { expectFences, fenceBytes, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear, numbersOf } from "./reference/compare.ts";
import { compositions, functionOf } from "./reference/composition.ts";

beforeAll(async () => {
  await startBackend({ backend: "cpu" });
  await startGuarded(2);
});
let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors - before, "tensors left over").toBe(0);
  expectFences(ours().machine);
});

type State = { readonly a: Tensor; readonly b: Tensor };

/** One step of something like an optimizer. */
const step = ({ a, b }: State, g: Tensor): State =>
  own(() => {
    const next = ops.add(ops.mul(b, 0.9), ops.square(g));
    return { a: ops.sub(a, ops.div(g, ops.add(ops.sqrt(next), 0.1))), b: next };
  });
const start = (seed: number): State => ({ a: normalTensor(key(seed), [50, 41]), b: ops.ones([50, 41]) });
const bytesOf = (numbers: number): number => paddedBytes(4 * numbers) + fenceBytes;
const bytes = (): number => ours().machine.usage().bytes;

describe("arguments that may be overwritten", () => {
  test("give their memory to results, which are the same as without", () => {
    for (const fusion of [false, true]) {
      const [plain, inPlace] = [jit(step, { fusion }), jit(step, { fusion, overwrites: [0] })];
      let [s, t] = [start(1), start(1)];
      const used: number[] = [];
      for (let i = 0; i < 6; i++) {
        const g = normalTensor(foldIn(key(2), i), [50, 41]);
        const next = plain(s, g);
        const most = bytes();
        const other = inPlace(t, g);
        used.push(bytes() - most);
        expectIdentical(other, next, `step ${i}`);
        treeDispose([s, t, g]);
        [s, t] = [next, other];
      }
      treeDispose([s, t]);
      // without fusion the average's last step reads no argument, and only one of two finds a place
      const more = fusion ? 0 : bytesOf(50 * 41);
      expect(used.slice(1), "bytes more while old and new state are both there").toEqual(used.slice(1).map(() => more));
    }
  });

  test("are not overwritten where others share their numbers: clones, the same tensor twice, constants", () => {
    const f = jit((x: Tensor, y: Tensor) => [ops.add(x, y), ops.mul(ops.neg(y), 2)] as const, { overwrites: [0, 1] });
    const [x, y] = [ops.tensor1d([1, 2, 3]), ops.tensor1d([10, 20, 30])];
    const [cloneX, cloneY] = [ops.clone(x), ops.reshape(y, [3])];
    const made = f(x, y);
    expect([x, y, cloneX, cloneY, ...made].map(numbersOf)).toEqual([[1, 2, 3], [10, 20, 30], [1, 2, 3], [10, 20, 30], [11, 22, 33], [-20, -40, -60]]); // prettier-ignore
    treeDispose([cloneX, cloneY, made]);
    const twice = f(x, x);
    expect([x, ...twice].map(numbersOf)).toEqual([[1, 2, 3], [2, 4, 6], [-2, -4, -6]]); // prettier-ignore
    treeDispose(twice);

    const constant = jit((z: Tensor) => ops.add(z, ops.mul(x, 2)), { overwrites: [0] });
    const sums = [constant(x), constant(x), constant(x)];
    sums.forEach((sum) => expect(numbersOf(sum)).toEqual([3, 6, 9]));
    expect(numbersOf(x)).toEqual([1, 2, 3]);
    treeDispose([x, y, sums]);
  });

  test("may be returned, read by later kernels, or weights", () => {
    const f = (x: Tensor, w: Tensor) =>
      own(() => {
        const y = ops.tanh(x);
        return { x, y, product: ops.matMul(x, w), w: ops.mul(w, 2), sum: ops.sum(ops.mul(y, x)), last: ops.sub(w, 1) };
      });
    const recorded = jit(f, { overwrites: [0, 1], fusion: false });
    for (let i = 0; i < 6; i++) {
      const inputs = [normalTensor(foldIn(key(i), 1), [4, 5]), normalTensor(foldIn(key(i), 2), [5, 5])] as const;
      const copies = inputs.map((x) => own(() => ops.add(x, 0))) as [Tensor, Tensor];
      const [want, got] = [f(...copies), recorded(...inputs)];
      expectIdentical(got, want, `call ${i}`);
      treeDispose([inputs, copies, want, got]);
    }
  });

  test("are gone afterwards: whoever reads one, or computes with it, is told so", () => {
    const f = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const x = ops.tensor1d([1, 2, 3, 4]);
    const y = f(x);
    expect(() => ops.exp(x)).toThrow(/given to a recorded function to overwrite/);
    expect(() => f(x)).toThrow(/given to a recorded function to overwrite/);
    expect(() => x.dataSync()).toThrow(/given to a recorded function to overwrite/);
    expect(numbersOf(y)).toEqual([-1, -2, -3, -4]);
    x.dispose();
    expect(numbersOf(y)).toEqual([-1, -2, -3, -4]);
    y.dispose();
  });

  test("are left alone on another backend, and where the recorded function is part of another recording", async () => {
    const f = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const outer = jit((x: Tensor) => [f(ops.mul(x, 2)), f(x), x] as const);
    const x = ops.tensor1d([1, 2]);
    const made = [outer(x), outer(x)];
    made.forEach((each) => expect(each.map(numbersOf)).toEqual([[-2, -4], [-1, -2], [1, 2]])); // prettier-ignore
    expect(numbersOf(x)).toEqual([1, 2]);
    treeDispose([x, made] as never);
    await setBackend("cpu");
    const there = ops.tensor1d([5]);
    const y = f(there);
    expect([there, y].map(numbersOf)).toEqual([[5], [-5]]);
    treeDispose([there, y]);
    await setBackend("nonmarkov");
  });

  test("change nothing in any composition of ops", () =>
    fc.assert(
      fc.property(compositions, fc.boolean(), (composition, fusion) => {
        const f = functionOf(composition);
        const recorded = jit((xs: readonly Tensor[]) => f(xs), { overwrites: [0], fusion });
        const draw = (seed: number): Tensor[] =>
          composition.inputs.map((shape, i) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return ops.tensor(
              Array.from({ length: size }, (_, j) => Math.sin(j * 1.7 + i * 5.3 + seed)),
              [...shape],
            );
          });
        for (const seed of [1, 2, 3]) {
          const [inputs, copies] = [draw(seed), draw(seed)];
          const [want, got] = [own(() => f(copies)), recorded(inputs)];
          if (fusion) expectNear(got, want, 1e-4);
          else expectIdentical(got, want);
          treeDispose([inputs, copies, want, got]);
        }
      }),
      { numRuns: 60 },
    ));

  test("stay with the one who cloned them before: a state that is kept is not touched by what follows", () => {
    const inPlace = jit(step, { overwrites: [0] });
    let state = start(1);
    const kept = treeClone(state);
    const numbers = [numbersOf(kept.a), numbersOf(kept.b)];
    for (let i = 0; i < 3; i++) {
      const g = normalTensor(foldIn(key(2), i), [50, 41]);
      const next = inPlace(state, g);
      treeDispose([state, g]);
      state = next;
    }
    expect([numbersOf(kept.a), numbersOf(kept.b)]).toEqual(numbers);
    treeDispose([state, kept]);
  });
});

test("a tree of arguments that is changed between calls is read as it is then", () => {
  const f = jit((tree: { x: Tensor }) => ops.neg(tree.x));
  const [x, y] = [ops.tensor1d([1]), ops.tensor1d([2])];
  const tree = { x };
  const first = f(tree);
  tree.x = y;
  const second = f(tree);
  expect([first, second].map(numbersOf)).toEqual([[-1], [-2]]); // prettier-ignore
  treeDispose([x, y, first, second]);
});
