import { normalTensor, ops, own, silu, type Tensor, treeClone, treeDispose } from "@nonmarkov/autodiff";
import { foldIn, key } from "@nonmarkov/random";
import { add, setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { jit, start as startBackend } from "../../src/index.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { compositions, functionOf } from "../jit/reference/composition.ts";
import { bytesOf, expectNothingLeft, numbersOf, taken } from "./reference/guardedGpu.ts";
import { expectNumbersNear, numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
beforeAll(async () => {
  await startBackend({ backend: "cpu" });
  gpu = await startGpu();
});
expectNothingLeft();

type State = { readonly a: Tensor; readonly b: Tensor };

/** One step of something like an optimizer. */
const step = ({ a, b }: State, g: Tensor): State =>
  own(() => {
    const next = ops.add(ops.mul(b, 0.9), ops.square(g));
    return { a: ops.sub(a, ops.div(g, ops.add(ops.sqrt(next), 0.1))), b: next };
  });
const [rows, columns] = [50, 41];
const start = (seed: number): State => ({ a: normalTensor(key(seed), [rows, columns]), b: ops.ones([rows, columns]) });
const onDevice = <T extends Tensor>(x: T): T => {
  gpu.uploadToGPU(x.dataId);
  return x;
};

describe("arguments that may be overwritten", () => {
  test("give their memory to results, which are the same as without", async () => {
    const [plain, inPlace] = [jit(step), jit(step, { overwrites: [0] })];
    let [s, t] = [start(1), start(1)];
    const used: number[] = [];
    for (let i = 0; i < 6; i++) {
      const g = onDevice(normalTensor(foldIn(key(2), i), [rows, columns]));
      const next = plain(s, g);
      const [most] = bytesOf(gpu);
      const other = inPlace(t, g);
      used.push(bytesOf(gpu)[0] - most);
      const [want, got] = await Promise.all([numbersOf(next.a, next.b), numbersOf(other.a, other.b)]);
      expect(got).toEqual(want);
      treeDispose([s, t, g]);
      [s, t] = [next, other];
    }
    treeDispose([s, t]);
    expect(used.slice(1), "bytes more while old and new state are both there").toEqual(used.slice(1).map(() => 0));
  });

  test("are not overwritten where others share their numbers: clones, the same tensor twice, constants", async () => {
    const f = jit((x: Tensor, y: Tensor) => [ops.add(x, y), ops.mul(ops.neg(y), 2)] as const, { overwrites: [0, 1] });
    for (const place of [(x: Tensor) => x, onDevice]) {
      const [x, y] = [place(ops.tensor1d([1, 2, 3])), place(ops.tensor1d([10, 20, 30]))];
      const [cloneX, cloneY] = [ops.clone(x), ops.reshape(y, [3])];
      const made = f(x, y);
      expect(await numbersOf(x, y, cloneX, cloneY, ...made)).toEqual([[1, 2, 3], [10, 20, 30], [1, 2, 3], [10, 20, 30], [11, 22, 33], [-20, -40, -60]]); // prettier-ignore
      treeDispose([cloneX, cloneY, made]);
      const twice = f(x, x);
      expect(await numbersOf(x, ...twice)).toEqual([[1, 2, 3], [2, 4, 6], [-2, -4, -6]]); // prettier-ignore
      treeDispose(twice);

      const constant = jit((z: Tensor) => ops.add(z, ops.mul(x, 2)), { overwrites: [0] });
      const sums = [constant(x), constant(x), constant(x)];
      expect(await taken(...sums)).toEqual([[3, 6, 9], [3, 6, 9], [3, 6, 9]]); // prettier-ignore
      expect(await taken(x, y)).toEqual([[1, 2, 3], [10, 20, 30]]); // prettier-ignore
    }
  });

  test("may be returned, read by later kernels, or weights", async () => {
    const f = (x: Tensor, w: Tensor) =>
      own(() => {
        const y = ops.tanh(x);
        return { x, y, product: ops.matMul(x, w), w: ops.mul(w, 2), sum: ops.sum(ops.mul(y, x)), last: ops.sub(w, 1) };
      });
    const recorded = jit(f, { overwrites: [0, 1], fusion: false });
    for (let i = 0; i < 4; i++) {
      const inputs = [normalTensor(foldIn(key(i), 1), [4, 5]), normalTensor(foldIn(key(i), 2), [5, 5])] as const;
      if (i % 2 === 0) inputs.forEach(onDevice);
      const copies = inputs.map((x) => own(() => ops.add(x, 0))) as [Tensor, Tensor];
      const [want, got] = [f(...copies), recorded(...inputs)];
      expectNumbersNear(await numbersOnHost(got), await numbersOnHost(want), 1e-6, `call ${i}`);
      treeDispose([inputs, copies, want, got] as never);
    }
  });

  test("are gone afterwards: whoever reads one, or computes with it, is told so", async () => {
    const f = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const told = /given to a recorded function to overwrite/;
    const x = onDevice(ops.tensor1d([1, 2, 3, 4]));
    const y = f(x);
    for (const use of [() => add(x, 1), () => silu(x), () => f(x), () => x.dataSync()]) expect(use).toThrow(told);
    await expect(x.data()).rejects.toThrow(told);
    expect(await numbersOf(y)).toEqual([[-1, -2, -3, -4]]);
    x.dispose();
    expect(await taken(y)).toEqual([[-1, -2, -3, -4]]);
  });

  test("on the host are copied first; large ones are brought to the device and given away", async () => {
    const f = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const small = ops.tensor1d([1, 2]);
    const large = ops.tensor1d(Array.from({ length: 5000 }, (_, i) => i));
    const made = [f(small), f(small), f(large)] as const;
    expect(await taken(made[0], made[1], small)).toEqual([[-1, -2], [-1, -2], [1, 2]]); // prettier-ignore
    const [numbers] = await taken(made[2]);
    expect(numbers!.every((v, i) => v === 0 - i)).toBe(true);
    expect(() => f(large)).toThrow(/overwrite/);
    large.dispose();
  });

  test("that are parts of one earlier result are overwritten one by one, and the rest stays", async () => {
    const make = jit((x: Tensor) => [ops.mul(x, 1.5), ops.add(x, 1), ops.sub(x, 1)] as const);
    const f = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const x = ops.tensor1d([2, 4]);
    const parts = make(x);
    const made = f(parts[1]);
    parts[1].dispose();
    expect(await taken(made, parts[0], parts[2], x)).toEqual([[-3, -5], [3, 6], [1, 3], [2, 4]]); // prettier-ignore
  });

  test("are left alone on another backend, and where the recorded function is part of another recording", async () => {
    const f = jit((x: Tensor) => ops.neg(x), { overwrites: [0] });
    const outer = jit((x: Tensor) => [f(ops.mul(x, 2)), f(x), x] as const);
    const x = onDevice(ops.tensor1d([1, 2]));
    for (let i = 0; i < 2; i++) expect(await taken(...outer(x))).toEqual([[-2, -4], [-1, -2], [1, 2]]); // prettier-ignore
    expect(await taken(x)).toEqual([[1, 2]]);
    await setBackend("cpu");
    const there = ops.tensor1d([5]);
    expect(await taken(f(there), there)).toEqual([[-5], [5]]);
    await setBackend("webgpu");
  });

  test("stay with the one who cloned them before: a state that is kept is not touched by what follows", async () => {
    const inPlace = jit(step, { overwrites: [0] });
    let state = start(1);
    const kept = treeClone(state);
    const numbers = await numbersOf(kept.a, kept.b);
    for (let i = 0; i < 3; i++) {
      const g = normalTensor(foldIn(key(2), i), [rows, columns]);
      const next = inPlace(state, g);
      treeDispose([state, g]);
      state = next;
    }
    expect(await numbersOf(kept.a, kept.b)).toEqual(numbers);
    treeDispose([state, kept]);
  });
});

describe("a tensor that two results are computed from is not overwritten by one of them before the other is there", () => {
  /** More tensors than one program reads. */
  const others = 10;
  const sums = (x: Tensor, all: readonly Tensor[]): readonly [Tensor, Tensor] => {
    const sum = (some: readonly Tensor[]): Tensor => some.reduce((a, b) => ops.mul(ops.add(a, b), 0.5), x);
    return [sum(all.slice(0, others)), sum(all.slice(others))];
  };
  const check = async (f: (x: Tensor, all: readonly Tensor[]) => readonly [Tensor, Tensor]) => {
    const recorded = jit(f as (x: Tensor, all: readonly Tensor[]) => [Tensor, Tensor], { overwrites: [0] });
    const all = Array.from({ length: 2 * others }, (_, i) => onDevice(normalTensor(key(i), [700])));
    const x = onDevice(normalTensor(key(99), [700]));
    const want = own(() => [...f(x, all)]);
    const got = recorded(x, all);
    expectNumbersNear(await numbersOnHost([...got]), await numbersOnHost(want), 1e-6);
    return [...all, ...want, x, ...got];
  };

  test("an argument", async () => treeDispose(await check(sums)));

  test("something on the way, where neither of them is given to the caller", async () =>
    treeDispose(
      await check((x, all) => {
        const [a, b] = sums(ops.softmax(ops.mul(x, 3)), all);
        return [ops.softmax(a), ops.softmax(b)];
      }),
    ));
});

test("overwriting changes nothing in any composition of ops", async () => {
  await fc.assert(
    fc.asyncProperty(compositions, async (composition) => {
      const f = functionOf(composition);
      const recorded = jit((xs: readonly Tensor[]) => f(xs), { overwrites: [0] });
      const draw = (seed: number): Tensor[] =>
        composition.inputs.map((shape, i) => {
          const size = shape.reduce((a, b) => a * b, 1);
          const numbers = Array.from({ length: size }, (_, j) => Math.sin(j * 1.7 + i * 5.3 + seed));
          return ops.tensor(numbers, [...shape]);
        });
      await setBackend("cpu");
      const wants = [];
      for (const seed of [1, 2, 3]) {
        const inputs = draw(seed);
        const want = own(() => f(inputs));
        wants.push(await numbersOnHost(want));
        treeDispose([inputs, want]);
      }
      await setBackend("webgpu");
      for (const [i, want] of wants.entries()) {
        const inputs = draw(i + 1).map(i === 2 ? (x) => x : onDevice);
        const got = recorded(inputs);
        expectNumbersNear(await numbersOnHost(got), want, 1e-4, `call ${i}`, 0.01);
        treeDispose([inputs, got]);
      }
    }),
    {
      numRuns: Number(process.env["RUNS"] ?? 25),
      ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}),
    },
  );
});
