import { grad, normalTensor, ops, own, type Tensor, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { jit, RecordingError } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectFences, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear, numbersOf } from "./reference/compare.ts";

beforeAll(async () => {
  await startGuarded(2);
});
let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors - before, "tensors left over").toBe(0);
  expect(tf.engine().state.gradientDepth).toBe(0);
  expectFences(ours().machine);
});

const given = (f: (x: Tensor) => void): void => {
  const x = ops.tensor([0.5, -1, 2, 0.25, 3, -0.1], [2, 3]);
  f(x);
  x.dispose();
};

/** The error of a call, of which nothing may stay. */
const errorOf = (f: (x: Tensor) => unknown): Error => {
  let error: unknown;
  given((x) => {
    const bytes = ours().machine.usage().bytes;
    try {
      jit(f as (x: Tensor) => Tensor)(x);
    } catch (thrown) {
      error = thrown;
    }
    expect(ours().machine.usage().bytes - bytes, "bytes left over").toBe(0);
  });
  expect(error).toBeInstanceOf(Error);
  return error as Error;
};

describe("what cannot be recorded is an error that names the op", () => {
  const reading: readonly (readonly [string, string, (x: Tensor) => unknown])[] = [
    ["dataSync", "dataSync", (x) => ops.mul(x, ops.neg(x).dataSync()[0]!)],
    ["arraySync", "dataSync", (x) => ops.add(x, x.arraySync() as never)],
    ["reading an argument", "dataSync", (x) => (x.dataSync()[0]! > 0 ? ops.neg(x) : ops.clone(x))],
    ["unique numbers", "Unique", (x) => tf.unique(ops.reshape(x, [6])).values],
    ["counts of a length that comes from numbers", "DenseBincount", (x) => tf.engine().runKernel("DenseBincount", { x: ops.cast(ops.abs(ops.reshape(x, [6])), "int32"), weights: ops.zeros([0]) }, { size: 4, binaryOutput: false })],
  ]; // prettier-ignore
  test.each(reading)("%s", (_, op, f) => {
    const error = errorOf(f);
    expect(error).toBeInstanceOf(RecordingError);
    expect((error as RecordingError).op).toBe(op);
    expect(error.message).toContain(op);
  });

  test("a promise, of an async function or of reading", () => {
    expect(errorOf(async (x) => ops.neg(x))).toBeInstanceOf(RecordingError);
    expect(errorOf(async (x) => ops.neg(x)).message).toMatch(/must be synchronous/);
    expect(errorOf((x) => tf.whereAsync(ops.greater(x, 0)).catch(() => undefined))).toBeInstanceOf(RecordingError);
    expect(errorOf((x) => tf.whereAsync(ops.greater(x, 0)).catch(() => undefined))).toBeInstanceOf(RecordingError);
  });

  test("reading with data() or array() is refused also where nobody awaits it", async () => {
    let reading: Promise<unknown> | undefined;
    given((x) => {
      const y = jit((z: Tensor) => {
        reading = ops.neg(z).data();
        reading.catch(() => undefined);
        return ops.clone(z);
      })(x);
      y.dispose();
    });
    await expect(reading).rejects.toBeInstanceOf(RecordingError);
  });

  test("what the function itself throws comes out as it is; the next call records again", () => {
    let broken = true;
    const f = jit((x: Tensor) => {
      const y = ops.exp(x);
      if (broken) throw new RangeError("half way");
      return ops.neg(y);
    });
    given((x) => {
      for (let i = 0; i < 20; i++) expect(() => f(x)).toThrow(new RangeError("half way"));
      broken = false;
      const y = f(x);
      expect(y.dataSync()[0]).toBeCloseTo(-Math.exp(0.5), 6);
      y.dispose();
    });
  });

  test("errors of ops, of derivatives and of results that are no tensors come out, and leave nothing", () => {
    expect(errorOf((x) => ops.matMul(x, x)).message).toMatch(/matMul|inner/i);
    expect(errorOf((x) => grad((y: Tensor) => ops.neg(y))(x)).message).toMatch(/scalar/i);
    expect(errorOf((x) => grad(() => { throw new Error("inside"); })(x)).message).toBe("inside"); // prettier-ignore
    expect(errorOf((x) => ({ x, count: 5 })).message).toMatch(/count/);
    expect(errorOf(() => undefined)).toBeInstanceOf(TypeError);
    given((x) => {
      const y = ops.neg(x); // nothing is still being recorded
      expect(numbersOf(y)[0]).toBe(-0.5);
      y.dispose();
    });
  });
});

describe("kernels that only tfjs has are part of a recording", () => {
  const kernels: Readonly<Record<string, (x: Tensor) => Tensor | Record<string, Tensor>>> = {
    gather: (x) => ops.mul(ops.gather(ops.sin(x), ops.tensor1d([1, 0, 1], "int32")), 2),
    oneHot: (x) => ops.matMul(ops.cast(ops.oneHot(ops.tensor1d([1, 0, -1], "int32"), 2), "float32"), ops.exp(x)),
    "oneHot of what is computed": (x) => ops.cast(ops.oneHot(ops.cast(ops.reshape(ops.abs(x), [6]), "int32"), 4), "float32"), // prettier-ignore
    cumsum: (x) => tf.cumsum(ops.neg(tf.cumsum(ops.mul(x, 2), 1)), 0),
    argMax: (x) => ({ best: ops.argMax(ops.neg(x), 1), also: ops.add(ops.cast(ops.argMax(x, 0), "float32"), 0.5) }),
    comparisons: (x) => ({ mask: ops.greater(ops.sin(x), 0.1), number: ops.cast(ops.less(x, ops.cos(x)), "float32") }),
    where: (x) => ops.where(ops.logicalOr(ops.greater(x, 1), ops.less(x, 0)), ops.exp(x), ops.neg(x)),
    "the largest of each row": (x) => tf.topk(ops.square(x), 2).values,
    "sums of segments": (x) => ops.unsortedSegmentSum(ops.square(x), ops.tensor1d([1, 1], "int32"), 3),
    "integers": (x) => ops.add(ops.cast(ops.mul(x, 10), "int32"), ops.tensor1d([1, 2, 3], "int32")),
    "first and last as an op of the host": (x) => ops.mul(tf.cumsum(tf.cumsum(x)), 1),
    "pooling with padding": (x) => ops.neg(tf.avgPool(ops.reshape(ops.sin(x), [1, 2, 3, 1]) as tf.Tensor4D, 2, 1, "same")),
    "einsum": (x) => tf.einsum("ij,kj->ik", ops.sin(x), x),
  }; // prettier-ignore
  test.each(Object.entries(kernels))("%s", (_, f) =>
    given((x) => {
      for (const fusion of [false, true]) {
        const recorded = jit((y: Tensor) => f(y), { fusion });
        for (const factor of [1, -2, 0.3]) {
          const y = ops.mul(x, factor);
          const [want, got] = [own(() => f(y)), recorded(y)];
          if (fusion) expectNear(got, want, 1e-6);
          else expectIdentical(got, want);
          treeDispose([y, want, got]);
        }
      }
    }),
  );

  test("also of more broadcast axes than the machine's programs have", () => {
    const shapes = [[2, 1, 2, 1, 2, 1], [1, 3, 1, 3, 1, 3]]; // prettier-ignore
    const [a, b] = shapes.map((shape, i) => normalTensor(key(i), shape)) as [Tensor, Tensor];
    const f = (x: Tensor, y: Tensor): Tensor => own(() => ops.mul(ops.add(ops.mul(x, y), y), x));
    const want = f(a, b);
    for (const fusion of [false, true]) {
      const got = jit(f, { fusion })(a, b);
      expectNear(got, want, 1e-6);
      got.dispose();
    }
    treeDispose([a, b, want]);
  });

  test("gradients through them as well", () =>
    given((x) => {
      const loss = (y: Tensor): Tensor =>
        own(() => ops.sum(ops.square(ops.gather(ops.sin(y), ops.tensor1d([1, 1, 0], "int32")))));
      const [want, got] = [valueAndGrad(loss)(x), jit((y: Tensor) => valueAndGrad(loss)(y))(x)];
      expectNear(got as never, want as never, 1e-6);
      treeDispose([want, got] as never);
    }));

  test("wide sums, of more tensors than a program has registers", () =>
    given((x) => {
      const f = (y: Tensor): Tensor =>
        own(() => {
          const terms = Array.from({ length: 40 }, (_, i) => ops.sin(ops.mul(y, i / 10)));
          return ops.mul(
            ops.addN(terms),
            terms.reduceRight((a, b) => ops.add(ops.mul(a, 0.9), b)),
          );
        });
      const [want, got] = [f(x), jit(f)(x)];
      expectNear(got, want, 1e-5);
      treeDispose([want, got]);
    }));
});

describe("a recorded function inside of", () => {
  const inner = jit((x: Tensor, w: Tensor) => ops.tanh(ops.matMul(x, w)));
  const plain = (x: Tensor, w: Tensor): Tensor => own(() => ops.tanh(ops.matMul(x, w)));
  const [x, w] = [() => normalTensor(key(1), [4, 3]), () => normalTensor(key(2), [3, 3])];

  test("another one is part of that recording", () => {
    const outer = jit((a: Tensor, b: Tensor) => inner(ops.mul(inner(a, b), 2), b));
    const [a, b] = [x(), w()];
    const want = own(() => plain(ops.mul(plain(a, b), 2), b));
    for (let i = 0; i < 3; i++) {
      const got = outer(a, b);
      expectNear(got, want, 1e-6);
      got.dispose();
    }
    treeDispose([a, b, want]);
  });

  test("a derivative is differentiated, recorded itself or not", () => {
    const [a, b] = [x(), w()];
    const loss = (f: typeof plain) => (q: Tensor) => own(() => ops.sum(ops.square(f(a, q))));
    const want = grad(loss(plain))(b);
    const got = grad(loss(inner))(b);
    expectIdentical(got, want);
    const recorded = jit((q: Tensor) => grad(loss(inner))(q))(b);
    expectNear(recorded, want, 1e-5);
    const second = grad((q: Tensor) => own(() => ops.sum(ops.square(grad(loss(inner))(q)))));
    const plainSecond = grad((q: Tensor) => own(() => ops.sum(ops.square(grad(loss(plain))(q)))));
    const [s, t] = [second(b), plainSecond(b)];
    expectIdentical(s, t);
    treeDispose([a, b, want, got, recorded, s, t]);
  });

  test("a tidy scope belongs to the scope, but for what is returned", () => {
    const [a, b] = [x(), w()];
    const kept = tf.tidy(() => {
      inner(a, b);
      inner(a, b);
      return inner(a, b);
    });
    treeDispose([a, b, kept]);
  });
});

describe("two hundred calls leave nothing", () => {
  test("no tensor and no byte, whatever is kept, recompiled or thrown on the way", () => {
    const f = jit((x: Tensor, w: Tensor) => ({ y: ops.relu(ops.matMul(x, w)), z: ops.sum(ops.mul(x, x)) }));
    const [x, w] = [normalTensor(key(1), [5, 8]), normalTensor(key(2), [8, 8])];
    const other = normalTensor(key(3), [8, 8]);
    for (let i = 0; i < 8; i++) treeDispose(f(x, i % 3 === 0 ? other : w));
    const [tensors, bytes] = [tf.memory().numTensors, ours().machine.usage().bytes];
    for (let i = 0; i < 200; i++) treeDispose(f(x, i % 7 === 0 ? other : w));
    expect([tf.memory().numTensors, ours().machine.usage().bytes]).toEqual([tensors, bytes]);
    for (let i = 0; i < 200; i++) expect(() => jit((y: Tensor) => ops.neg(y.dataSync() as never))(x)).toThrow();
    expect([tf.memory().numTensors, ours().machine.usage().bytes]).toEqual([tensors, bytes]);
    treeDispose([x, w, other]);
  });
});
