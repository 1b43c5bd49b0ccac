import { normalTensor, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { beforeAll, describe, expect, test } from "vitest";
import { jit } from "../../src/index.ts";
import { outline } from "../../src/jit/outline.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { expectNothingLeft, numbersOf } from "./reference/guardedGpu.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await startGpu({}); // WebGPU's default limits: what any adapter has
});
expectNothingLeft();

type Numbers = readonly number[];
const onDevice = (x: Tensor): Tensor => {
  gpu.uploadToGPU(x.dataId);
  return x;
};
const draw = (shapes: readonly (readonly number[])[], seed = 0): Tensor[] =>
  shapes.map((shape, i) => normalTensor(key(seed + i), [...shape]));

const expectNear = (got: Numbers, want: Numbers, bound: number, what: string): void => {
  expect(got.length, what).toBe(want.length);
  const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
  const wrong = want.findIndex((v, i) => !(Math.abs(v - got[i]!) <= bound * largest));
  if (wrong >= 0) expect.fail(`${what}[${wrong}] must be ${want[wrong]}, got ${got[wrong]} (largest ${largest})`);
};

/** Sizes around what a workgroup does, odd ones, and one number. */
const sizes = [1, 2, 1023, 1024, 1025, 7, 4096, 4097, 130, 64].map((n) => [n]);

describe("one program on many tensors", () => {
  /** An update of m, and of p by it. */
  const f = (ps: readonly Tensor[], ms: readonly Tensor[], rate: Tensor) =>
    ps.map((p, i) => {
      const m = ops.add(ops.mul(ms[i]!, 0.9), ops.relu(p));
      return { p: ops.sub(p, ops.mul(m, rate)), m };
    });
  const check = async (made: ReturnType<typeof f>, ps: readonly Numbers[], ms: readonly Numbers[], rate: number) => {
    const [gotP, gotM] = [await numbersOf(...made.map(({ p }) => p)), await numbersOf(...made.map(({ m }) => m))];
    ps.forEach((p, leaf) => {
      const m = p.map((v, i) => 0.9 * ms[leaf]![i]! + Math.max(v, 0));
      expectNear(gotM[leaf]!, m, 1e-6, `m of leaf ${leaf}`);
      expectNear(gotP[leaf]!, p.map((v, i) => v - m[i]! * rate), 1e-6, `p of leaf ${leaf}`); // prettier-ignore
    });
    return [gotP, gotM] as const;
  };

  test("is one node, and right for all sizes: of tensors in buffers of their own, in one buffer, and in both", async () => {
    const [ps, ms] = [draw(sizes).map(onDevice), draw(sizes, 100).map(onDevice)];
    const rate = ops.scalar(0.25);
    const { kinds } = outline(f, ps.slice(1), ms.slice(1), rate);
    expect(kinds).toEqual({ ElementwiseMany: 1 });
    const recorded = jit(f);
    let [p, m] = [await numbersOf(...ps), await numbersOf(...ms)] as const;
    let before = recorded(ps, ms, rate);
    [p, m] = await check(before, p, m, 0.25);
    const other = onDevice(ops.scalar(0.5));
    for (let i = 0; i < 3; i++) {
      const next = recorded(before.map(({ p }) => p), before.map(({ m }) => m), other); // prettier-ignore
      [p, m] = await check(next, p, m, 0.5);
      treeDispose(before);
      before = next;
    }
    const mixed = before.map(({ p }, i) => (i % 2 === 0 ? ps[i]! : p));
    const last = recorded(mixed, before.map(({ m }) => m), other); // prettier-ignore
    await check(last, await numbersOf(...mixed), m, 0.5);
    treeDispose([ps, ms, rate, other, before, last] as never);
  });

  test("overwrites what it reads, tensor by tensor", async () => {
    const [ps, ms] = [draw(sizes).map(onDevice), draw(sizes, 100)];
    const rate = ops.scalar(0.25);
    const recorded = jit(f, { overwrites: [0, 1] });
    let [p, m] = [await numbersOf(...ps), await numbersOf(...ms)] as const;
    let before = recorded(ps, ms, rate);
    [p, m] = await check(before, p, m, 0.25);
    for (let i = 0; i < 3; i++) {
      const next = recorded(before.map(({ p }) => p), before.map(({ m }) => m), rate); // prettier-ignore
      [p, m] = await check(next, p, m, 0.25);
      treeDispose(before);
      before = next;
    }
    treeDispose([ps, ms, rate, before] as never);
  });

  test("has a shader also where each of its tensors lies in a buffer of its own, as many as a shader may see", async () => {
    const g = (sets: readonly (readonly Tensor[])[]) => sets.map((set) => set.reduce((a, b) => ops.mul(ops.add(a, b), 0.5))); // prettier-ignore
    const recorded = jit(g);
    for (const count of [5, 6, 7]) {
      const sets = [[5], [6], [7]].map((shape, i) => draw(Array.from({ length: count }, () => shape), 10 * i).map(onDevice)); // prettier-ignore
      const made = recorded(sets);
      const numbers = await Promise.all(sets.map((set) => numbersOf(...set)));
      (await numbersOf(...made)).forEach((got, i) =>
        expectNear(got, numbers[i]!.reduce((a, b) => a.map((v, j) => (v + b[j]!) / 2)), 1e-6, `${count}: set ${i}`),
      ); // prettier-ignore
      treeDispose([sets, made] as never);
    }
  });

  test("takes its numbers for all places from a tensor of one number, or from what is computed on the way", async () => {
    const g = (xs: readonly Tensor[], one: Tensor) =>
      own(() => {
        const scale = ops.add(ops.sum(ops.square(xs[0]!)), one);
        return xs.map((x) => ops.add(ops.mul(x, scale), ops.reshape(one, [])));
      });
    const [xs, one] = [draw([[5], [300], [2000]]), ops.tensor1d([0.5])];
    const made = jit(g)(xs, one);
    const numbers = await numbersOf(...xs);
    const scale = numbers[0]!.reduce((sum, v) => sum + v * v, 0) + 0.5;
    (await numbersOf(...made)).forEach((got, i) => expectNear(got, numbers[i]!.map((v) => v * scale + 0.5), 1e-6, `${i}`)); // prettier-ignore
    treeDispose([xs, one, made] as never);
  });
});

describe("the sum of many sums", () => {
  test.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ["squares", (x) => ops.square(x), (x) => x * x],
    ["numbers as they are", (x) => x, (x) => x],
  ])("of %s is right for all sizes", async (_, f, of) => {
    const g = (xs: readonly Tensor[]): Tensor => ops.addN(xs.map((x) => ops.sum(f(x))));
    const xs = draw([...sizes, [3, 5, 7], [40_000], [1]]);
    expect(outline(g, xs).kinds).toEqual({ SumMany: 1 });
    const recorded = jit(g);
    const numbers = (await numbersOf(...xs)).flat();
    const [want, size] = [numbers.reduce((sum, v) => sum + of(v), 0), numbers.reduce((sum, v) => sum + Math.abs(of(v)), 0)];
    for (const place of [(x: Tensor) => x, onDevice]) {
      const sum = recorded(xs.map(place));
      expect(sum.shape).toEqual([]);
      const [[got]] = (await numbersOf(sum)) as [[number]];
      expect(Math.abs(got - want)).toBeLessThan(1e-6 * size);
      sum.dispose();
    }
    treeDispose(xs);
  }); // prettier-ignore
});

describe("one matrix times many", () => {
  const product = (a: Numbers, b: Numbers, [m, k, n]: readonly [number, number, number]): number[] => {
    const y = new Array<number>(m * n).fill(0);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) y[i * n + j]! += a[i * k + l]! * b[l * n + j]!;
    return y;
  };

  test.each([
    [1, 5],
    [9, 333],
    [8, 384], // as much memory as a workgroup may have
    [7, 512],
    [2, 3072],
    [131, 6],
  ])("[%i, %i] is one node, with a bias and a function after it", async (m, k) => {
    const widths = [1, 3, 64, 65, 130].slice(0, k > 500 ? 3 : 5);
    const f = (a: Tensor, ws: readonly { readonly w: Tensor; readonly b: Tensor }[]) =>
      own(() => ws.map(({ w, b }) => ops.relu(ops.add(ops.matMul(a, w), b))));
    const a = normalTensor(key(1), [m, k]);
    const ws = widths.map((n, i) => ({ w: normalTensor(key(10 + i), [k, n]), b: normalTensor(key(20 + i), [n]) }));
    expect(outline(f, a, ws).kinds).toEqual({ DenseMany: 1 });
    const made = jit(f)(a, ws);
    const [[left], right, bias, got] = [await numbersOf(a), await numbersOf(...ws.map(({ w }) => w)), await numbersOf(...ws.map(({ b }) => b)), await numbersOf(...made)]; // prettier-ignore
    widths.forEach((n, i) => {
      const raw = product(left!, right[i]!, [m, k, n]);
      expectNear(got[i]!, raw.map((v, j) => Math.max(0, v + bias[i]![j % n]!)), 1e-5, `[${m}, ${k}] x [${k}, ${n}]`); // prettier-ignore
    });
    treeDispose([a, ws, made] as never);
  });

  test("without anything after it, and with as many rows as columns and numbers for each row", async () => {
    const f = (a: Tensor, w: readonly Tensor[], column: Tensor) =>
      own(() => [...w.map((each) => ops.matMul(a, each)), ...w.map((each) => ops.add(ops.matMul(ops.neg(a), each), column))]); // prettier-ignore
    const [a, w, column] = [normalTensor(key(1), [4, 5]), draw([[5, 4], [5, 4]], 7), normalTensor(key(3), [4, 1])]; // prettier-ignore
    const made = jit(f)(a, w, column);
    const [[left], right, [add], got] = [await numbersOf(a), await numbersOf(...w), await numbersOf(column), await numbersOf(...made)]; // prettier-ignore
    right.forEach((b, i) => {
      const raw = product(left!, b, [4, 5, 4]);
      expectNear(got[i]!, raw, 1e-5, `product ${i}`);
      expectNear(got[2 + i]!, raw.map((v, j) => add![Math.floor(j / 4)]! - v), 1e-5, `sum ${i}`); // prettier-ignore
    });
    treeDispose([a, w, column, made] as never);
  });
});
