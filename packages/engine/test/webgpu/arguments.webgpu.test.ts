import { normalTensor, ops, own, type Tensor, treeClone, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { add, complex, engine, env, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { expectNothingLeft, numbersOf, taken } from "./reference/guardedGpu.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
beforeAll(async () => {
  await start({ backend: "cpu" });
  gpu = await startGpu();
});
expectNothingLeft();

const list = (...numbers: number[]): Tensor => ops.tensor1d(numbers);

/** A tensor in the device's memory. */
const onDevice = (x: Tensor): Tensor => {
  gpu.uploadToGPU(x.dataId);
  return x;
};

/** Where a tensor may lie: in the host's memory, in a buffer of its own, in a part of one, or read from there. */
const part = jit((x: Tensor) => [ops.neg(x), ops.add(x, 0.5)] as const);
const places: Readonly<Record<string, (...numbers: number[]) => Tensor | Promise<Tensor>>> = {
  "on the host": list,
  "on the device": (...numbers) => onDevice(list(...numbers)),
  "part of an earlier result": (...numbers) => {
    const x = list(...numbers.map((v) => -v));
    const [y, other] = part(x);
    treeDispose([x, other]);
    return y;
  },
  "part of an earlier result that has been read": async (...numbers) => {
    const y = (await places["part of an earlier result"]!(...numbers)) as Tensor;
    await y.data();
    return y;
  },
};
const names = Object.keys(places);
const pairs = names.flatMap((a) => names.map((b) => [a, b] as const));

describe("arguments", () => {
  const f = jit((x: Tensor, y: Tensor) => ops.sub(ops.mul(x, 2), y));

  test.each(pairs)("one %s, one %s", async (a, b) => {
    const [x, y] = [await places[a]!(1, 2, 3), await places[b]!(10, 20, 30)];
    expect(await taken(f(x, y), f(y, x), f(x, y))).toEqual([[-8, -16, -24], [19, 38, 57], [-8, -16, -24]]); // prettier-ignore
    expect(await taken(x, y)).toEqual([[1, 2, 3], [10, 20, 30]]); // prettier-ignore
  });

  test.each(names)("the same tensor twice, a clone of it, or another view, %s", async (place) => {
    const x = await places[place]!(1, 2, 3);
    const [clone, view, y] = [ops.clone(x), ops.reshape(x, [3]), list(10, 20, 30)];
    expect(await taken(f(x, x), f(x, y), f(y, x), f(clone, x), f(x, view))).toEqual([[1, 2, 3], [-8, -16, -24], [19, 38, 57], [1, 2, 3], [1, 2, 3]]); // prettier-ignore
    expect(await taken(x, clone, view, y)).toEqual([[1, 2, 3], [1, 2, 3], [1, 2, 3], [10, 20, 30]]); // prettier-ignore
  });

  test("larger than what is written into a program, twice and in two types of shapes", async () => {
    const g = jit((x: Tensor, y: Tensor) => [ops.sum(ops.mul(x, y)), ops.add(x, y)] as const);
    const x = ops.ones([37, 41]);
    const [sum, twice] = g(x, x);
    expect(await taken(sum)).toEqual([[37 * 41]]);
    const [again] = await taken(twice);
    expect(again!.every((v) => v === 2)).toBe(true);
    x.dispose();
  });

  test("integers and truth values, on the host and on the device, as they are and cast", async () => {
    const g = jit((i: Tensor, b: Tensor) => ({
      sum: ops.add(ops.cast(i, "float32"), ops.cast(b, "float32")),
      not: ops.logicalNot(b),
      rows: ops.gather(ops.tensor2d([[1, 2], [3, 4]]), i), // prettier-ignore
      i,
      flipped: ops.reverse(i),
    }));
    for (const place of [(x: Tensor) => x, onDevice]) {
      const [i, b] = [place(ops.tensor1d([1, 0, 1], "int32")), place(ops.tensor1d([true, false, false], "bool"))];
      for (let call = 0; call < 2; call++) {
        const made = g(i, b);
        expect([made.sum, made.not, made.i].map(({ dtype }) => dtype)).toEqual(["float32", "bool", "int32"]);
        expect(await taken(made.sum, made.not, made.rows, made.i, made.flipped)).toEqual([[2, 0, 1], [0, 1, 1], [3, 4, 1, 2, 3, 4], [1, 0, 1], [1, 0, 1]]); // prettier-ignore
      }
      treeDispose([i, b]);
    }
  });

  test("that are freed and made anew are read anew, also where they lie in the same memory", async () => {
    for (const make of Object.values(places))
      for (const seed of [1, 2, 3, 4]) {
        const [x, y] = [await make(seed, 2, 3), await make(0, seed, 0)];
        expect(await taken(f(x, y), x, y)).toEqual([[2 * seed, 4 - seed, 6], [seed, 2, 3], [0, seed, 0]]); // prettier-ignore
      }
  });

  test("of another backend move", async () => {
    await setBackend("cpu");
    const there = list(1, 2, 3);
    await setBackend("webgpu");
    const here = list(10, 20, 30);
    expect(await taken(f(there, here), f(here, there), there, here)).toEqual([[-8, -16, -24], [19, 38, 57], [1, 2, 3], [10, 20, 30]]); // prettier-ignore
  });
});

describe("results", () => {
  test("an argument, the same value twice, and a value in two shapes are tensors of their own", async () => {
    const f = jit((x: Tensor, y: Tensor) => {
      const z = ops.add(x, y);
      return { x, again: x, z, twice: [z, z], flat: ops.reshape(z, [4]), square: ops.reshape(x, [2, 2]) };
    });
    for (const place of [(x: Tensor) => x, onDevice]) {
      const [x, y] = [place(ops.tensor([1, 2, 3, 4], [4, 1])), place(ops.tensor([10, 20, 30, 40], [4, 1]))];
      for (let i = 0; i < 3; i++) {
        const made = f(x, y);
        expect([made.flat.shape, made.square.shape, made.z.shape]).toEqual([[4], [2, 2], [4, 1]]);
        treeDispose([made.x, made.z, made.twice[0]!]);
        expect(await taken(made.again, made.twice[1]!, made.flat, made.square)).toEqual([[1, 2, 3, 4], [11, 22, 33, 44], [11, 22, 33, 44], [1, 2, 3, 4]]); // prettier-ignore
        expect(await numbersOf(x)).toEqual([[1, 2, 3, 4]]);
      }
      treeDispose([x, y]);
    }
  });

  test("outlive what they were made of, in whatever order things are freed", async () => {
    const f = jit((x: Tensor) => [ops.add(x, 1), ops.mul(x, 2), x, ops.sum(x)] as const);
    for (let order = 0; order < 4; order++) {
      const x = list(order, 2, 3);
      const made = [...f(x)];
      const want = [[order + 1, 3, 4], [2 * order, 4, 6], [order, 2, 3], [order + 5]]; // prettier-ignore
      if (order % 2 === 0) x.dispose();
      made.splice(order, 1)[0]!.dispose();
      want.splice(order, 1);
      const more = f(made[0]!); // may take memory that is free now
      expect(await taken(...made)).toEqual(want);
      treeDispose([...more, ...(order % 2 === 0 ? [] : [x])]);
    }
  });

  test("go back in as arguments, many times", async () => {
    const f = jit((state: { readonly a: Tensor; readonly b: Tensor }, c: Tensor) => ({
      a: ops.add(state.b, c),
      b: ops.sub(state.a, c),
    }));
    let state = { a: list(1, 2), b: list(10, 20) };
    const c = list(1, 1);
    for (let i = 0; i < 20; i++) {
      const next = f(state, c);
      treeDispose(state);
      state = next;
    }
    expect(await taken(state.a, state.b, c)).toEqual([[1, 2], [10, 20], [1, 1]]); // prettier-ignore
  });

  test("nothing is computed where a function gives back what it gets", async () => {
    const f = jit((x: Tensor) => [x, ops.reshape(x, [3, 1])] as const);
    const x = onDevice(list(1, 2, 3));
    expect(await taken(...f(x), x)).toEqual([[1, 2, 3], [1, 2, 3], [1, 2, 3]]); // prettier-ignore
  });
});

describe("tensors that a function reaches by another way than its arguments", () => {
  const constants: Readonly<Record<string, () => Tensor>> = {
    "of the host": () => list(1, 2, 3),
    "of the device": () => onDevice(list(1, 2, 3)),
    "that are results": () => {
      const x = list(-1, -2, -3);
      const [y, other] = part(x);
      treeDispose([x, other]);
      return y;
    },
    "too large to be written into a program": () => ops.tensor1d(Array.from({ length: 2000 }, (_, i) => i + 1)),
  };

  test.each(Object.entries(constants))("%s are constants, and stay though their owner frees them", async (_, make) => {
    const w = make();
    const [expected] = await numbersOf(w);
    const f = jit((x: Tensor) => [ops.add(w, x), w, ops.reverse(w)] as const);
    const x = ops.scalar(10);
    const first = f(x);
    w.dispose();
    const want = [expected!.map((v) => v + 10), expected, expected!.toReversed()];
    expect(await taken(...first)).toEqual(want);
    for (let i = 0; i < 3; i++) expect(await taken(...f(x))).toEqual(want);
    x.dispose();
  });

  test("may be given as arguments too", async () => {
    for (const make of Object.values(constants)) {
      const w = make();
      const f = jit((x: Tensor) => ops.add(ops.mul(w, 2), x));
      const [expected] = await numbersOf(w);
      const want = expected!.map((v) => 3 * v);
      expect(await taken(f(w), f(w))).toEqual([want, want]);
      w.dispose();
    }
  });

  test("scalars of the host are part of the program; others are read", async () => {
    const [two, three] = [ops.scalar(2), onDevice(ops.scalar(3))];
    const f = jit((x: Tensor) => ops.add(ops.mul(x, two), three));
    const x = list(1, 2);
    expect(await taken(f(x))).toEqual([[5, 7]]);
    treeDispose([two, three]);
    expect(await taken(f(x), x)).toEqual([[5, 7], [1, 2]]); // prettier-ignore
  });

  test("a function of constants alone is one", async () => {
    const f = jit(() => ops.add(ops.mul(ops.ones([3]), 2), ops.tensor1d([1, 2, 3])));
    expect(await taken(f(), f())).toEqual([[3, 4, 5], [3, 4, 5]]); // prettier-ignore
  });
});

describe("parts of results in kernels outside of recorded functions", () => {
  test("are what they are in buffers of their own: for tfjs's kernels, and for ours", async () => {
    const f = jit((x: Tensor) => [ops.add(x, 1), ops.mul(x, 2)] as const);
    const x = list(1, 2, 3);
    const [a, b] = f(x);
    const made = [add(a, b), ops.add(a, a), ops.sin(a), ops.concat([a, b]), ops.addN([a, b, a])];
    a.dispose(); // while kernels that read it have not been submitted
    const [c, d] = f(b);
    const [sum, twice, sines, both, all] = await taken(...made);
    expect([sum, twice, both, all]).toEqual([[4, 7, 10], [4, 6, 8], [2, 3, 4, 2, 4, 6], [6, 10, 14]]); // prettier-ignore
    sines!.forEach((v, i) => expect(v).toBeCloseTo(Math.sin(i + 2), 5));
    expect(await taken(b, c, d, x)).toEqual([[2, 4, 6], [3, 5, 7], [4, 8, 12], [1, 2, 3]]); // prettier-ignore
  });

  test("also where tfjs would compute small tensors of the host on the processor", async () => {
    const x = list(1, 2, 3);
    const [y, other] = part(x);
    env().set("WEBGPU_CPU_FORWARD", true);
    try {
      expect(await taken(add(y, 1), ops.neg(y), ops.slice(y, [1], [2]))).toEqual([[0, -1, -2], [1, 2, 3], [-2, -3]]); // prettier-ignore
    } finally {
      env().set("WEBGPU_CPU_FORWARD", false);
    }
    treeDispose([x, y, other]);
  });

  test("nobody writes into the memory of one before what reads it has been submitted", async () => {
    const alone = jit((x: Tensor) => ops.neg(x));
    const x = list(1, 2, 3);
    const y = alone(x);
    const z = add(y, 1); // moves y into a buffer of its own, when it is submitted
    y.dispose();
    const keys = Array.from({ length: 64 }, (_, i) => i + 1); // as many bytes as the buffer that y was in
    const noise = engine().runKernel("Noise", {}, { shape: [32], keys } as never) as Tensor;
    expect(await taken(z)).toEqual([[0, -1, -2]]);
    treeDispose([x, noise]);
  });

  test("clones of one keep it, and reading one changes nothing", async () => {
    const x = list(1, 2, 3);
    const [y, other] = part(x);
    const clones = [treeClone(y), ops.reshape(y, [3, 1])];
    const [first, second] = await Promise.all([numbersOf(y), numbersOf(y, clones[0]!)]);
    expect([first, second]).toEqual([[[-1, -2, -3]], [[-1, -2, -3], [-1, -2, -3]]]); // prettier-ignore
    y.dispose();
    expect(await taken(ops.neg(clones[0]!), ...clones)).toEqual([[1, 2, 3], [-1, -2, -3], [-1, -2, -3]]); // prettier-ignore
    treeDispose([x, other]);
  });

  test("one that is freed while it is read is read all the same", async () => {
    const x = list(1, 2, 3);
    const [y, other] = part(x);
    const reading = y.data();
    y.dispose();
    const more = part(x);
    expect([...(await reading)]).toEqual([-1, -2, -3]);
    treeDispose([x, other, ...more]);
  });
});

test("complex numbers, of which a backend has two tensors, are read as ever", async () => {
  const x = own(() => complex(ops.tensor1d([1, 2]) as never, ops.tensor1d([3, 4]) as never));
  expect(await taken(x)).toEqual([[1, 3, 2, 4]]);
});

test("two recorded functions and kernels between them run in their order", async () => {
  const f = jit((x: Tensor) => ops.add(x, 1));
  const g = jit((x: Tensor, y: Tensor) => ops.mul(x, y));
  const x = normalTensor(key(1), [50]);
  const [numbers] = await numbersOf(x);
  const y = own(() => g(ops.neg(f(add(f(x), 1))), f(ops.mul(x, 3))));
  const [got] = await taken(y, x);
  got!.forEach((v, i) => expect(v).toBeCloseTo(-(numbers![i]! + 3) * (3 * numbers![i]! + 1), 4));
});
