import "@tensorflow/tfjs-backend-cpu";
import { foldIn, key, normal } from "@nonmarkov/random";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  customRule,
  grad,
  groupNormSilu,
  hvp,
  jvp,
  ops,
  own,
  silu,
  type Tensor,
  treeDispose,
  treeDot,
  treeLeaves,
  valueAndGrad,
  vjp,
} from "../src/index.ts";
import { expectFlat } from "./flat.ts";

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors - before, "tensors left over").toBe(0);
  expect(tf.engine().state.gradientDepth).toBe(0);
});

const random = (shape: number[], seed: number): Tensor =>
  ops.tensor(
    Float32Array.from(
      normal(
        foldIn(key(7), seed),
        shape.reduce((a, b) => a * b, 1),
      ),
    ),
    shape,
    "float32",
  );

const value = (x: Tensor): number => {
  const [number] = x.dataSync();
  x.dispose();
  return number!;
};

type Params = { readonly layers: readonly { readonly w: Tensor; readonly b: Tensor }[]; readonly unused: Tensor };

const params = (seed = 0): Params => ({
  layers: [0, 1].map((i) => ({ w: random([3, 3], 100 * seed + i), b: random([3], 100 * seed + 10 + i) })),
  unused: random([2, 2], 100 * seed + 20),
});

const forward = ({ layers }: Params, x: Tensor): Tensor =>
  layers.reduce((h, { w, b }) => silu(ops.add(ops.matMul(h, w), b)), x);

const loss = (p: Params, x: Tensor): Tensor => ops.mean(ops.square(forward(p, x)));

describe("valueAndGrad", () => {
  test("gives the loss, a tree like the parameters, and zeros for parameters that are not used", () => {
    const [p, x] = [params(), random([4, 3], 1)];
    const { value: l, grad: g } = valueAndGrad(loss)(p, x);
    const plain = tf.tidy(() => loss(p, x).dataSync()[0]);
    expect(l.dataSync()[0]).toBe(plain);
    expect([...g.unused.dataSync()]).toEqual([0, 0, 0, 0]);
    expect(g.layers[1]!.w.shape).toEqual([3, 3]);
    expect(treeLeaves(g).every((leaf) => leaf.dtype === "float32")).toBe(true);
    treeDispose([p, x, l, g]);
  });

  test("hands out aux, but takes no derivative of it", () => {
    const [p, x] = [params(), random([4, 3], 1)];
    const withAux = valueAndGrad((q: Params, y: Tensor) => {
      const out = forward(q, y);
      return { loss: ops.mean(out), aux: { out, twice: [out, y] } };
    });
    const { value: l, grad: g, aux } = withAux(p, x);
    const mean = [...aux.out.dataSync()].reduce((a, b) => a + b, 0) / 12;
    expect(l.dataSync()[0]).toBeCloseTo(mean, 5);
    treeDispose([p, x]);
    expect([...aux.twice[0]!.dataSync()]).toEqual([...aux.out.dataSync()]);
    treeDispose([l, g, aux]);
  });

  test("a loss that is a parameter itself, a constant, or a tensor from outside", () => {
    const [x, c] = [ops.scalar(3), ops.scalar(5)];
    const itself = valueAndGrad((p: Tensor) => p)(x);
    const constant = valueAndGrad((_: Tensor) => c)(x);
    expect([itself.value, itself.grad, constant.value, constant.grad].map(value)).toEqual([3, 1, 5, 0]);
    treeDispose([x, c]);
  });

  test("one tensor in two places has a partial derivative in each; what is reached by another way is a constant", () => {
    const x = ops.scalar(3);
    const both = grad(({ a, b }: { readonly a: Tensor; readonly b: Tensor }) => ops.mul(ops.square(a), b))({
      a: x,
      b: x,
    });
    expect([value(both.a), value(both.b)]).toEqual([18, 9]);
    expect(value(grad((a: Tensor) => ops.mul(a, x))(x))).toBe(3);
    const nested = grad((a: Tensor) => ops.mul(a, grad((b: Tensor) => ops.mul(a, b))(a)));
    expect(value(nested(x))).toBe(6);
    x.dispose();
  });

  test("x exp(x) at 0.3 has the derivatives (n + x) exp(x)", () => {
    const x = ops.scalar(0.3);
    let f = (y: Tensor): Tensor => ops.mul(y, ops.exp(y));
    for (let n = 1; n <= 5; n++) {
      f = grad(f);
      expect(value(f(x))).toBeCloseTo((n + 0.3) * Math.exp(0.3), 4);
    }
    x.dispose();
  });

  test("says what is wrong with a loss or with parameters", () => {
    const [x, n] = [ops.tensor([1, 2]), ops.tensor([1, 2], [2], "int32")];
    expect(() => valueAndGrad((p: Tensor) => ops.square(p))(x)).toThrow(/must be a float32 scalar, got float32 \[2\]/);
    expect(() => valueAndGrad((p: Tensor) => ops.sum(ops.cast(p, "int32")))(x)).toThrow(/got int32 \[\]/);
    expect(() => valueAndGrad(() => 3 as unknown as Tensor)(x)).toThrow(/must return, synchronously, a scalar tensor/);
    expect(() => grad((p: { readonly n: Tensor }) => ops.sum(p.n))({ n })).toThrow(/float32, got int32 at "n"/);
    expect(() => hvp((p: Tensor) => ops.sum(p), x, n)).toThrow(/hvp: .* must be float32, got int32/);
    expect(() => jvp((p: Tensor) => ops.square(p), x, n)).toThrow(/jvp: .* must be float32, got int32/);
    expect(() => vjp((p: Tensor) => ops.square(p), x, n)).toThrow(/vjp: .* must be float32, got int32/);
    treeDispose([x, n]);
  });

  test("frees everything after an error: in the function, in a rule, in a nested gradient", () => {
    const x = random([2, 3], 1);
    const failing = customRule<readonly [Tensor]>({
      name: "failing",
      forward: (y) => ops.exp(y),
      gradients: () => [
        () => {
          ops.zeros([5]);
          throw new RangeError("no gradient today");
        },
      ],
    });
    const boom = (y: Tensor): Tensor => {
      silu(ops.exp(y));
      throw new RangeError("half way");
    };
    expect(() => grad(boom)(x)).toThrow("half way");
    expect(() => grad((y: Tensor) => ops.sum(failing(ops.exp(y))))(x)).toThrow("no gradient today");
    expect(() => grad((y: Tensor) => ops.sum(ops.mul(y, grad(boom)(y))))(x)).toThrow("half way");
    expect(() => jvp(boom, x, x)).toThrow("half way");
    expect(() => vjp((y: Tensor) => failing(y), x, x)).toThrow("no gradient today");
    expect(() => hvp(boom, x, x)).toThrow("half way");
    const caught = grad((y: Tensor) => {
      expect(() => grad(boom)(y)).toThrow("half way");
      return ops.sum(ops.square(y));
    })(x);
    expect([...caught.dataSync()]).toEqual([...x.dataSync()].map((v) => Math.fround(2 * v)));
    treeDispose([x, caught]);
  });

  test("keeps no more alive while walking back than at the end of the forward pass", () => {
    const p = Array.from({ length: 20 }, (_, i) => random([16, 16], i));
    const x = random([64, 16], 99);
    let afterForward = 0;
    let peak = 0;
    const watch = customRule<readonly [Tensor]>({
      name: "watch",
      forward: (y) => {
        afterForward = tf.memory().numBytes;
        return ops.clone(y);
      },
      gradients: (dy) => [() => ops.clone(dy)],
      firstOrder: {
        forward: (y) => {
          afterForward = tf.memory().numBytes;
          return { value: ops.clone(y), saved: [] };
        },
        gradients: (dy) => [
          () => {
            peak = Math.max(peak, tf.memory().numBytes);
            return ops.clone(dy);
          },
        ],
      },
    });
    const g = grad((q: Tensor[]) => ops.mean(q.reduce((h, w) => watch(silu(ops.matMul(h, w))), x)))(p);
    expect(peak).toBeLessThan(afterForward + 4 * x.size * 4);
    treeDispose([p, x, g]);
  });
});

describe("products with Jacobians", () => {
  const f = (p: Params): { readonly y: Tensor; readonly z: readonly Tensor[] } => {
    const [a, b] = p.layers as [{ w: Tensor; b: Tensor }, { w: Tensor; b: Tensor }];
    const y = ops.tanh(ops.matMul(a.w, b.w));
    return { y, z: [ops.softmax(ops.add(y, a.b)), ops.exp(ops.mul(a.b, b.b)), a.b] };
  };

  test("<J v, u> = <v, J^T u>, and both give the value", () => {
    const [p, v] = [params(), params(1)];
    const plain = own(() => f(p));
    const u = { y: random([3, 3], 50), z: [random([3, 3], 51), random([3], 52), random([3], 53)] };
    const forwards = jvp(f, p, v);
    const back = vjp(f, p, u);
    const left = value(treeDot(forwards.tangent, u));
    const right = value(treeDot(v, back.grad));
    expect(left).toBeCloseTo(right, 4);
    expect(Math.abs(left)).toBeGreaterThan(0.1);
    for (const result of [forwards.value, back.value])
      expect(treeLeaves(result).map((t) => [...t.dataSync()])).toEqual(treeLeaves(plain).map((t) => [...t.dataSync()]));
    treeDispose([p, v, u, plain, forwards.value, forwards.tangent, back.value, back.grad]);
  });

  test("jvp is the limit of differences, also of group norm and of functions that ignore their input", () => {
    const [x, v, gamma] = [random([2, 3, 4], 1), random([2, 3, 4], 2), ops.ones([4])];
    const g = (y: Tensor): Tensor => groupNormSilu(ops.mul(y, y), gamma, gamma, { groups: 2 });
    const h = 1e-2;
    const want = tf.tidy(() => {
      const at = (c: number) => g(ops.add(x, ops.mul(v, c * h)));
      const [a, b] = [ops.sub(at(1), at(-1)), ops.sub(at(2), at(-2))];
      return [...ops.div(ops.sub(ops.mul(a, 8), b), 12 * h).dataSync()];
    });
    const { value: y, tangent } = jvp(g, x, v);
    [...tangent.dataSync()].forEach((got, i) => expect(got).toBeCloseTo(want[i]!, 2));
    const nothing = jvp((_: Tensor) => gamma, x, v);
    expect([...nothing.tangent.dataSync()]).toEqual([0, 0, 0, 0]);
    treeDispose([x, v, gamma, y, tangent, nothing.value, nothing.tangent]);
  });

  test("the Hessian is symmetric, and that of a quadratic form is its matrix", () => {
    const [p, u, v] = [params(), params(2), params(3)];
    const x = random([4, 3], 9);
    const l = (q: Params): Tensor => loss(q, x);
    const [hu, hv] = [hvp(l, p, u), hvp(l, p, v)];
    expect(value(treeDot(hu, v))).toBeCloseTo(value(treeDot(u, hv)), 4);
    const a = ops.tensor([2, 1, 1, 5], [2, 2]);
    const [y, w] = [ops.tensor([[1], [2]]), ops.tensor([[3], [-1]])];
    const q = hvp((z: Tensor) => ops.mul(ops.sum(ops.mul(z, ops.matMul(a, z))), 0.5), y, w);
    expect([...q.dataSync()]).toEqual([5, -2]);
    treeDispose([p, u, v, x, hu, hv, a, y, w, q]);
  });

  test("cotangents and tangents that do not fit are named", () => {
    const x = { a: ops.tensor([1, 2]) };
    const wrong = ops.tensor([1]);
    expect(() => vjp((p: typeof x) => ({ out: p.a }), x, { out: wrong })).toThrow(/vjp: "out" must have shape \[2\]/);
    expect(() => jvp((p: typeof x) => p.a, x, { a: wrong })).toThrow(/jvp: "a" must have shape \[2\]/);
    expect(() => hvp((p: typeof x) => ops.sum(p.a), x, { a: wrong })).toThrow(/hvp: "a" must have shape \[2\]/);
    treeDispose([x, wrong]);
  });
});

describe("customRule", () => {
  const cube = (calls: string[]) =>
    customRule<readonly [Tensor, Tensor]>({
      name: "scaledCube",
      forward: (x, c) => ops.mul(c, ops.mul(x, ops.square(x))),
      gradients: (dy, [x, c]) => [
        () => {
          calls.push("x");
          return ops.mul(dy, ops.mul(ops.mul(c, 3), ops.square(x)));
        },
        () => {
          calls.push("c");
          return ops.mul(dy, ops.mul(x, ops.square(x)));
        },
      ],
    });

  test("is exact to every order, asks only for gradients that are needed, and may give back what it was given", () => {
    const [x, c] = [ops.scalar(2), ops.scalar(5)];
    const calls: string[] = [];
    const f = (y: Tensor): Tensor => cube(calls)(y, c);
    expect([f, grad(f), grad(grad(f)), grad(grad(grad(f)))].map((g) => value(g(x)))).toEqual([40, 60, 60, 30]);
    expect(calls).not.toContain("c");
    const pass = customRule<readonly [Tensor]>({ name: "pass", forward: (y) => y, gradients: (dy) => [() => dy] });
    expect(value(grad((y: Tensor) => ops.mul(pass(y), pass(y)))(x))).toBe(4);
    treeDispose([x, c]);
  });

  test("a gradient of the wrong shape is reported with the rule's name", () => {
    const x = ops.tensor([1, 2]);
    const bad = customRule<readonly [Tensor]>({
      name: "bad",
      forward: (y) => ops.square(y),
      gradients: (dy) => [() => ops.sum(dy)],
    });
    expect(() => grad((y: Tensor) => ops.sum(bad(y)))(x)).toThrow(
      /rule of bad must give float32 \[2\].*got float32 \[\]/,
    );
    x.dispose();
  });
});

describe("the registry of tfjs-core", () => {
  test("rules of others are replaced at the next gradient call, and ours serve tfjs-core's own gradients too", () => {
    const x = ops.tensor([0.3, 0.4]);
    tf.unregisterGradient("Sin");
    tf.registerGradient({ kernelName: "Sin", gradFunc: (dy) => ({ x: () => ops.zerosLike(dy as Tensor) }) });
    const g = grad((y: Tensor) => ops.sum(ops.sin(y)))(x);
    expect(g.dataSync()[0]).toBeCloseTo(Math.cos(0.3), 6);
    const c = ops.tensor([[1], [2]]);
    const theirs = tf.grad((y) => ops.sum(ops.concat([ops.add(ops.sin(y), c), silu(ops.reshape(y, [1, 2]))], 0)))(x);
    const s = (v: number): number => 1 / (1 + Math.exp(-v));
    const want = [0.3, 0.4].map((v) => 2 * Math.cos(v) + s(v) * (1 + v * (1 - s(v))));
    [...theirs.dataSync()].forEach((got, i) => expect(got).toBeCloseTo(want[i]!, 5));
    const mixed = tf.grad((y) => ops.sum(ops.mul(y, grad((z: Tensor) => ops.sum(ops.sin(z)))(y))))(x);
    expect(mixed.dataSync()[0]).toBeCloseTo(Math.cos(0.3) - 0.3 * Math.sin(0.3), 5);
    treeDispose([x, g, c, theirs, mixed]);
  });

  test("tfjs-core's own gradient inside of ours says that it cannot be", () => {
    const x = ops.tensor([0.3]);
    const theirs = (y: Tensor): Tensor => ops.sum(tf.grad((z) => ops.add(z, 1))(y));
    expect(() => grad(theirs)(x)).toThrow(/Add was recorded by a gradient function of @nonmarkov\/autodiff/);
    x.dispose();
  });

  test("a kernel without a rule is named", () => {
    const x = ops.tensor([0.3]);
    expect(() => grad((y: Tensor) => ops.sum(tf.atan(y)))(x)).toThrow(/no rule for the kernel Atan/);
    x.dispose();
  });

  test("1000 gradients leave nothing behind", () =>
    expectFlat(() => {
      const [p, x] = [params(), random([4, 3], 1)];
      const step = valueAndGrad(loss);
      for (let i = 0; i < 1000; i++) {
        const { value: l, grad: g } = step(p, x);
        treeDispose([l, g]);
      }
      return [p, x];
    }));
});
