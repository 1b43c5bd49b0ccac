import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { normalTensor, ops, own, type Tensor, treeClone, treeDispose } from "@nonmarkov/autodiff";
import { jit, start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectFences, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear, numbersOf } from "./reference/compare.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
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

const list = (...numbers: number[]): Tensor => ops.tensor1d(numbers);

/** A recorded function that counts how often it is called, which is how often it is recorded. */
const counted = <A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
  f: (...args: A) => R,
  most?: number,
) => {
  let count = 0;
  const recorded = jit(
    (...args: A) => {
      count++;
      return f(...args);
    },
    most === undefined ? {} : { most },
  );
  return { recorded, count: () => count };
};

/** The numbers of tensors, which are freed. */
const taken = (...tensors: Tensor[]): (readonly number[])[] =>
  tensors.map((x) => {
    const numbers = numbersOf(x);
    x.dispose();
    return numbers;
  });

describe("what is recorded anew", () => {
  test("a shape or a type that was not there before, and nothing else", () => {
    const { recorded, count } = counted((x: Tensor) => ops.add(ops.cast(x, "float32"), 1));
    const inputs = [list(1, 2), list(3, 4), list(1, 2, 3), ops.tensor([1, 2], [2, 1]), ops.tensor1d([1, 2], "int32"), list(7, 8)]; // prettier-ignore
    expect(taken(...inputs.map((x) => recorded(x)))).toEqual([[2, 3], [4, 5], [2, 3, 4], [2, 3], [2, 3], [8, 9]]); // prettier-ignore
    expect(count()).toBe(4);
    treeDispose(inputs);
  });

  test("another number, string, flag, or structure among the arguments", () => {
    type Settings = { readonly scale: number; readonly name?: string; readonly list?: readonly (number | null)[] };
    const { recorded, count } = counted((x: Tensor, settings: Settings, flag = false) =>
      ops.mul(x, settings.scale * (flag ? 10 : 1) + (settings.list?.length ?? 0)),
    );
    const x = list(1);
    const call = (settings: Settings, ...flag: boolean[]) => taken(recorded(x, settings, ...flag))[0];
    expect([call({ scale: 2 }), call({ scale: 3 }), call({ scale: 2 }), count()]).toEqual([[2], [3], [2], 2]);
    expect([call({ scale: 0 }), call({ scale: -0 }), call({ scale: NaN }), count()]).toEqual([[0], [0], [NaN], 5]);
    expect([call({ scale: 2, name: "a" }), call({ scale: 2, name: "b" }), count()]).toEqual([[2], [2], 7]);
    expect([call({ scale: 2, list: [1] }), call({ scale: 2, list: [1, null] }), count()]).toEqual([[3], [4], 9]);
    expect([call({ scale: 2 }, true), call({ scale: 2 }, true), count()]).toEqual([[20], [20], 10]);
    expect([call({ name: "a", scale: 2 }), count()], "the order of keys says nothing").toEqual([[2], 10]);
    expect([call({ scale: 2, name: "2" }), call({ scale: 2, list: [] }), count()]).toEqual([[2], [2], 12]);
    x.dispose();
  });

  test("which tensors are in the tree, and where", () => {
    const { recorded, count } = counted((tree: { readonly a?: Tensor; readonly b?: Tensor }) => ops.neg((tree.a ?? tree.b)!)); // prettier-ignore
    const [a, b] = [list(1), list(2)];
    expect(taken(recorded({ a }), recorded({ b }), recorded({ a, b }), recorded({ b, a }), recorded({ a: b }))).toEqual([[-1], [-2], [-1], [-1], [-2]]); // prettier-ignore
    expect(count()).toBe(3);
    treeDispose([a, b]);
  });

  test("the oldest of more than `most` recordings, whose memory is freed", () => {
    const weights = normalTensor(key(1), [40, 30]);
    const { recorded, count } = counted((x: Tensor) => ops.matMul(x, weights), 2);
    const call = (rows: number): void => {
      const x = ops.ones([rows, 40]);
      treeDispose([recorded(x), x]);
    };
    [1, 2].forEach(call);
    const used = ours().machine.usage().bytes;
    [3, 4, 5, 6].forEach(call);
    expect(ours().machine.usage().bytes).toBeLessThan(used + 20_000);
    expect(count()).toBe(6);
    [5, 6].forEach(call);
    expect(count()).toBe(6);
    [1].forEach(call);
    expect(count()).toBe(7);
    weights.dispose();
  });

  test("arguments that are neither tensors nor plain data are refused, with their place", () => {
    const f = jit((x: Tensor, _settings: unknown) => ops.neg(x));
    const x = list(1);
    expect(() => f(x, { a: [new Date()] })).toThrow(/argument 1\.a\[0\] must be a tensor or plain data, got Date/);
    expect(() => f(x, () => 1)).toThrow(/argument 1 must be a tensor or plain data, got a function/);
    const gone = list(1);
    gone.dispose();
    expect(() => f(gone, 1)).toThrow(/argument 0.*disposed/);
    x.dispose();
  });
});

describe("tensors that are shared", () => {
  test("the same tensor given twice is two arguments: other calls may give different ones", () => {
    const { recorded, count } = counted((x: Tensor, y: Tensor) => ops.sub(ops.mul(x, 2), y));
    const [a, b] = [list(1, 2), list(10, 20)];
    expect(taken(recorded(a, a), recorded(a, b), recorded(b, a), recorded(b, b))).toEqual([[1, 2], [-8, -16], [19, 38], [10, 20]]); // prettier-ignore
    expect(count()).toBe(1);
    treeDispose([a, b]);
  });

  test("clones that share their numbers, as parameters and their average do at the start", () => {
    const f = (params: { w: Tensor }, average: { w: Tensor }, x: Tensor) =>
      own(() => ({ params: ops.matMul(x, params.w), average: ops.add(ops.mul(average.w, 0.5), params.w) }));
    const recorded = jit(f);
    const params = { w: normalTensor(key(1), [5, 6]) };
    const average = treeClone(params);
    const x = normalTensor(key(2), [3, 5]);
    for (let i = 0; i < 4; i++) {
      const [want, got] = [f(params, average, x), recorded(params, average, x)];
      expectIdentical(got.average, want.average);
      expectIdentical(got.params, want.params);
      treeDispose([want, got]);
    }
    treeDispose(average);
    treeDispose([recorded(params, params, x), params, x]);
  });

  test("an argument that is returned is a tensor of its own, and so is the same result twice, or seen in two shapes", () => {
    const f = jit((x: Tensor, y: Tensor) => {
      const z = ops.add(x, y);
      return { x, again: x, z, twice: [z, z], flat: ops.reshape(z, [4]), square: ops.reshape(x, [2, 2]) };
    });
    const [x, y] = [ops.tensor([1, 2, 3, 4], [4, 1]), ops.tensor([10, 20, 30, 40], [4, 1])];
    for (let i = 0; i < 3; i++) {
      const made = f(x, y);
      expect([made.flat.shape, made.square.shape, made.z.shape]).toEqual([[4], [2, 2], [4, 1]]);
      made.x.dispose();
      made.z.dispose();
      made.twice[0]!.dispose();
      expect(taken(made.again, made.twice[1]!, made.flat, made.square)).toEqual([[1, 2, 3, 4], [11, 22, 33, 44], [11, 22, 33, 44], [1, 2, 3, 4]]); // prettier-ignore
      expect(numbersOf(x)).toEqual([1, 2, 3, 4]);
    }
    treeDispose([x, y]);
  });

  test("what is disposed after a call, arguments included, does not change its results, nor those of later calls", () => {
    const f = jit((x: Tensor, w: Tensor) => [ops.matMul(x, w), x] as const);
    const draw = (seed: number): [Tensor, Tensor] => [normalTensor(key(seed), [3, 9]), normalTensor(key(seed + 1), [9, 9])]; // prettier-ignore
    const results: { readonly got: readonly Tensor[]; readonly want: (readonly number[])[] }[] = [];
    for (let i = 0; i < 6; i++) {
      const [x, w] = draw(10 * i);
      const product = ops.matMul(x, w);
      const want = [numbersOf(product), numbersOf(x)];
      results.push({ got: f(x, w), want });
      treeDispose([x, w, product]);
    }
    results.forEach(({ got, want }) => expect(taken(...got)).toEqual(want));
  });
});

describe("tensors that a function reaches by another way than its arguments", () => {
  test("are constants, and stay though their owner frees them", () => {
    let w = normalTensor(key(1), [4, 4]);
    const f = jit((x: Tensor) => ops.add(ops.matMul(x, w), ops.mul(w, 2)));
    const x = normalTensor(key(2), [4, 4]);
    const want = own(() => ops.add(ops.matMul(x, w), ops.mul(w, 2)));
    const first = f(x);
    expectIdentical(first, want);
    w.dispose();
    w = ops.zeros([4, 4]);
    const more = [1, 2, 3].map(() => f(x));
    more.forEach((y) => expectIdentical(y, want));
    treeDispose([w, x, want, first, more]);
  });

  test("may be returned, alone or with others, and are then tensors of the caller's own", () => {
    const w = list(1, 2, 3);
    const f = jit((x: Tensor) => [w, ops.add(x, w), ops.reshape(w, [3, 1]), ops.scalar(5)] as const);
    const x = list(1, 1, 1);
    for (let i = 0; i < 3; i++) expect(taken(...f(x))).toEqual([[1, 2, 3], [2, 3, 4], [1, 2, 3], [5]]); // prettier-ignore
    expect(numbersOf(w)).toEqual([1, 2, 3]);
    treeDispose([w, x]);
  });

  test("a function of constants alone is one", () => {
    const f = jit(() => ops.exp(ops.add(ops.zeros([3]), ops.ones([3]))));
    expect(taken(f(), f()).flat().every((v) => Math.abs(v - Math.E) < 1e-6)).toBe(true); // prettier-ignore
  });
});

describe("weights that change between calls", () => {
  type Four = Parameters<typeof ops.conv2d>[1];
  const layers = (x: Tensor, w: { readonly conv: Tensor; readonly one: Tensor; readonly linear: Tensor }): Tensor =>
    own(() => {
      const h = ops.relu(ops.conv2d(x as Four, w.conv as Four, 1, "same"));
      const y = ops.conv2d(h as Four, w.one as Four, 1, "same");
      return ops.matMul(ops.reshape(ops.conv2d(y as Four, w.conv as Four, 2, "same"), [-1, 8]), w.linear, false, true);
    });
  const weights = (seed: number) => ({
    conv: normalTensor(key(seed), [3, 3, 8, 8]),
    one: normalTensor(key(seed + 1), [1, 1, 8, 8]),
    linear: normalTensor(key(seed + 2), [5, 8]),
  });

  test("are read anew: the same twice, thrice, then others, then the first again, and some of each", () => {
    const [a, b, x] = [weights(10), weights(20), normalTensor(key(1), [2, 8, 8, 8])];
    const mixed = { conv: b.conv, one: a.one, linear: b.linear };
    for (const fusion of [false, true]) {
      const recorded = jit(layers, { fusion });
      for (const w of [a, a, a, b, a, b, b, b, mixed, a, mixed, mixed, a]) {
        const [want, got] = [layers(x, w), recorded(x, w)];
        if (fusion) expectNear(got, want, 1e-5);
        else expectIdentical(got, want);
        treeDispose([want, got]);
      }
    }
    treeDispose([a, b, x]);
  });

  test("also where new weights lie in the memory of old ones that are gone", () => {
    const recorded = jit(layers, { fusion: false });
    const x = normalTensor(key(1), [2, 8, 8, 8]);
    for (let i = 0; i < 8; i++) {
      const w = weights(10 * i);
      for (let call = 0; call < 1 + (i % 4); call++) {
        const [want, got] = [layers(x, w), recorded(x, w)];
        expectIdentical(got, want, `weights ${i}`);
        treeDispose([want, got]);
      }
      treeDispose(w);
    }
    x.dispose();
  });
});

describe("several recorded functions", () => {
  const chain = (rounds: number) => (x: Tensor) =>
    own(() => {
      let y = ops.softmax(ops.matMul(x, x));
      for (let i = 0; i < rounds; i++) y = ops.add(ops.softmax(ops.matMul(y, x)), ops.gather(y, ops.tensor1d([...Array(x.shape[0]!).keys()].reverse(), "int32"))); // prettier-ignore
      return ops.max(y, 1);
    });

  test("share the memory for what they compute on the way, which grows and moves, and so may all memory", () => {
    const sizes = [3, 40, 5, 200, 40, 3];
    const functions = sizes.map((_, i) => jit(chain(1 + (i % 3)), { fusion: false }));
    const inputs = sizes.map((n, i) => normalTensor(key(i), [n, n]));
    const wants = inputs.map((x, i) => chain(1 + (i % 3))(x));
    const large: Tensor[] = [];
    for (let round = 0; round < 4; round++) {
      for (const i of [0, 1, 2, 0, 3, 1, 4, 5, 0]) {
        const got = functions[i]!(inputs[i]!);
        expectIdentical(got, wants[i]!, `function ${i}, round ${round}`);
        got.dispose();
      }
      if (round < 2) large.push(ops.fill([9_000_000], round)); // does not fit: the memory grows
    }
    treeDispose([inputs, wants, large]);
  });
});

describe("backends", () => {
  test("on another one a recorded function is called as it is, and on ours again its recording runs", async () => {
    const { recorded, count } = counted((x: Tensor) => ops.mul(x, 3));
    const x = list(1, 2);
    expect(taken(recorded(x), recorded(x))).toEqual([[3, 6], [3, 6]]); // prettier-ignore
    await setBackend("cpu");
    const other = list(5);
    expect([taken(recorded(other), recorded(other)), count()]).toEqual([[[15], [15]], 3]);
    other.dispose();
    await setBackend("nonmarkov");
    expect([taken(recorded(x)), count()]).toEqual([[[3, 6]], 3]);
    x.dispose();
  });

  test("tensors of another backend may be given: they move", async () => {
    const f = jit((x: Tensor, y: Tensor) => ops.add(x, y));
    await setBackend("cpu");
    const there = list(1, 2);
    await setBackend("nonmarkov");
    const here = list(10, 20);
    expect(taken(f(there, here), f(here, there))).toEqual([[11, 22], [11, 22]]); // prettier-ignore
    treeDispose([there, here]);
  });

  test("a new backend of ours in place of the old one: everything is recorded anew", async () => {
    const { recorded, count } = counted((x: Tensor) => ops.matMul(x, x));
    const x = normalTensor(key(1), [3, 3]);
    const want = numbersOf(x);
    treeDispose([recorded(x), x]);
    const left = memory().numTensors;
    await startGuarded(1);
    const y = ops.tensor([...want], [3, 3]);
    const [got, eager] = [recorded(y), ops.matMul(y, y)];
    expectIdentical(got, eager);
    expect(count()).toBe(2);
    treeDispose([y, got, eager]);
    before += memory().numTensors - left;
  });
});

/** Makes a recorded function, calls it, and lets go of it. */
const callOnce = (x: Tensor, i: number): void => {
  const w = normalTensor(key(i), [60, 60]);
  treeDispose([jit((y: Tensor) => ops.matMul(y as never, w as never))(x), w]);
};

test("a recorded function that nobody holds any more gives its memory back", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const x = normalTensor(key(1), [60, 60]);
  const settle = async (done: () => boolean): Promise<void> => {
    for (let i = 0; i < 100 && !done(); i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const used = (): number => ours().machine.usage().bytes;
  callOnce(x, 0);
  await settle(() => false); // what earlier tests have let go of goes as well
  const before = used();
  for (let i = 1; i <= 20; i++) callOnce(x, i);
  const most = used();
  await settle(() => used() <= before);
  expect(most).toBeGreaterThan(before + 20 * 4 * 60 * 60);
  expect(used()).toBeLessThanOrEqual(before);
  x.dispose();
});
