import { type Tree, ops, treeClone, treeDispose, treeEntries, treeLeaves, treeMap } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import {
  type Optimizer,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  drawNoise,
  scaleBySchedule,
  sgd,
  warmup,
} from "@nonmarkov/train";
import { beforeAll, describe, expect, test } from "vitest";
import { numTensors, useCpu } from "../support/cpu.ts";
import { updateAt } from "../support/updateAt.ts";

beforeAll(useCpu);

/** An optimizer for float64 numbers, written from its paper: gives the updates, and remembers. */
type Reference = (grads: readonly number[], params: readonly number[], step: number) => number[];

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

const clipReference =
  (limit: number): Reference =>
  (grads) =>
    grads.map((g) => g * Math.min(1, limit / norm(grads)));

const sgdReference = (rate: number, momentum: number): Reference => {
  const velocity: number[] = [];
  return (grads) => grads.map((g, i) => -rate * (velocity[i] = momentum * (velocity[i] ?? 0) + g));
};

/** Kingma & Ba, algorithm 1. */
const adamReference = ({ rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }): Reference => {
  const m: number[] = [];
  const v: number[] = [];
  return (grads, _, step) =>
    grads.map((g, i) => {
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      const mHat = m[i] / (1 - beta1 ** (step + 1));
      const vHat = v[i] / (1 - beta2 ** (step + 1));
      return (-rate * mHat) / (Math.sqrt(vHat) + epsilon);
    });
};

/** Loshchilov & Hutter, algorithm 2, with the decay inside of the rate. */
const adamwReference = (rate: number, decay: number): Reference => {
  const inner = adamReference({ rate });
  return (grads, params, step) => inner(grads, params, step).map((u, i) => u - rate * decay * params[i]!);
};

const after =
  (first: Reference, second: Reference): Reference =>
  (grads, params, step) =>
    second(first(grads, params, step), params, step);

type Row = {
  readonly name: string;
  readonly make: () => Optimizer<Tree>;
  readonly reference: () => Reference;
  /** The product of all rates at step 0. */
  readonly rate: number;
  /** What the update is for a zero gradient in the initial state, as a multiple of the parameters. */
  readonly atRest: number;
  /** How many steps bring the quadratic below a hundredth of its start; 0: too many, or not a descent. */
  readonly steps: number;
};

const row = <S extends Tree>(
  name: string,
  make: () => Optimizer<S>,
  rest: Omit<Row, "name" | "make" | "atRest"> & { readonly atRest?: number },
): Row => ({ name, make: make as unknown as () => Optimizer<Tree>, atRest: 0, ...rest });

const rows: readonly Row[] = [
  row("sgd", () => sgd({ rate: 0.1 }), { reference: () => sgdReference(0.1, 0), rate: 0.1, steps: 80 }),
  row("sgd with momentum", () => sgd({ rate: 0.1, momentum: 0.7 }), {
    reference: () => sgdReference(0.1, 0.7),
    rate: 0.1,
    steps: 60,
  }),
  row("adam", () => adam(), { reference: () => adamReference({}), rate: 1e-3, steps: 0 }),
  row("adam with other settings", () => adam({ rate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 0.01 }), {
    reference: () => adamReference({ rate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 0.01 }),
    rate: 0.1,
    steps: 200,
  }),
  row("adamw", () => adamw({ rate: 0.05, decay: 0.02 }), {
    reference: () => adamwReference(0.05, 0.02),
    rate: 0.05,
    atRest: -0.05 * 0.02,
    steps: 200,
  }),
  row("clipByGlobalNorm before sgd", () => chain(clipByGlobalNorm(0.5), sgd({ rate: 0.2 })), {
    reference: () => after(clipReference(0.5), sgdReference(0.2, 0)),
    rate: 0.2,
    steps: 150,
  }),
  row("scaleBySchedule after adam", () => chain(adam({ rate: 0.5 }), scaleBySchedule(warmup(10, 0.1))), {
    reference: () =>
      after(adamReference({ rate: 0.5 }), (grads, _, step) => grads.map((g) => g * 0.1 * Math.min(1, (step + 1) / 10))),
    rate: 0.5 * 0.01,
    steps: 200,
  }),
  row("a chain in a chain", () => chain(chain(clipByGlobalNorm(1)), chain(), adam({ rate: 0.05 })), {
    reference: () => after(clipReference(1), adamReference({ rate: 0.05 })),
    rate: 0.05,
    steps: 200,
  }),
  row("clipByGlobalNorm", () => clipByGlobalNorm(1), { reference: () => clipReference(1), rate: 1, steps: 0 }),
];

const shapes = { block: [{ weight: [2, 3] }, { weight: [1] }], bias: [4] } as const;
const count = 11;
const treeOf = (values: readonly number[]): Tree => {
  let next = 0;
  const build = (node: unknown): Tree => {
    if (Array.isArray(node) && typeof node[0] === "number") {
      const size = (node as number[]).reduce((a, b) => a * b);
      next += size;
      return ops.tensor(values.slice(next - size, next), node as number[]);
    }
    if (Array.isArray(node)) return node.map(build);
    const sorted = Object.entries(node as object).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, child]) => [name, build(child)]));
  };
  return build(shapes);
};
const numbers = (tree: Tree): number[] => treeLeaves(tree).flatMap((leaf) => [...leaf.dataSync()]);
const random = (seed: number): number[] => [...Float32Array.from(drawNoise(key(seed), 1, count))];
const layout = (tree: Tree): string[] =>
  treeEntries(tree).map(([path, { shape, dtype }]) => `${path} ${shape} ${dtype}`);

describe.each(rows)("$name", ({ make, reference, rate, atRest, steps }) => {
  test("gives the updates of its paper's formulas in float64, step after step", () => {
    const optimizer = make();
    const exact = reference();
    const start = treeOf(random(1));
    let [params, state] = [treeClone(start), optimizer.init(start)];
    for (let step = 0; step < 12; step++) {
      const grads = treeOf(random(100 + step).map((g) => g * 3));
      const next = updateAt(optimizer, { grads, state, params, step });
      const want = exact(numbers(grads), numbers(params), step);
      numbers(next.updates).forEach((got, i) =>
        expect(Math.abs(got - want[i]!)).toBeLessThan(3e-6 * Math.max(rate, Math.abs(want[i]!))),
      );
      const moved = treeMap((p, u) => ops.add(p, u), params, next.updates);
      treeDispose([params, state, next.updates, grads]);
      [params, state] = [moved, next.state];
    }
    treeDispose([params, state, start]);
  });

  if (steps > 0)
    test("brings a convex quadratic below a hundredth of where it started", () => {
      const optimizer = make();
      const curvature = ops.tensor([0.5, 1, 2, 3, 1, 0.7, 1.5, 2.5, 1, 1, 2]);
      const value = (x: readonly number[]): number =>
        x.reduce((sum, v, i) => sum + (curvature.dataSync()[i]! * (v - 1) ** 2) / 2, 0);
      let params = ops.tensor(random(2));
      let state = optimizer.init(params);
      const before = value(numbers(params));
      for (let step = 0; step < steps; step++) {
        const [centered, one] = [ops.sub(params, 1), params];
        const grads = ops.mul(centered, curvature);
        const next = updateAt(optimizer, { grads, state, params, step });
        params = ops.add(params, next.updates);
        treeDispose([one, centered, grads, state, next.updates]);
        state = next.state;
      }
      expect(value(numbers(params))).toBeLessThan(before / 100);
      treeDispose([params, state, curvature]);
    });

  test("init and update are pure: arguments stay as they are, results come out the same and are owned", () => {
    const optimizer = make();
    const before = numTensors();
    const [params, grads] = [treeOf(random(3)), treeOf(random(4))];
    const [state, twin] = [optimizer.init(params), optimizer.init(params)];
    expect(numbers(twin)).toEqual(numbers(state));
    const kept = numbers([params, grads, state]);
    const at = { grads, state, params, step: 5 };
    const [first, second] = [updateAt(optimizer, at), updateAt(optimizer, at)];
    expect(numbers([second.updates, second.state])).toEqual(numbers([first.updates, first.state]));
    expect(numbers([params, grads, state])).toEqual(kept);
    treeDispose([first.updates, first.state, twin]);
    expect(numbers([params, grads, state])).toEqual(kept); // nothing that was freed was an argument
    expect(numbers(second.updates)).toHaveLength(count);
    treeDispose([second.updates, second.state, state, params, grads]);
    expect(numTensors()).toBe(before);
  });

  test("the state keeps its structure, and updates have that of the parameters", () => {
    const optimizer = make();
    const [params, grads] = [treeOf(random(5)), treeOf(random(6))];
    const state = optimizer.init(params);
    const next = updateAt(optimizer, { grads, state, params, step: 0 });
    expect(layout(next.state)).toEqual(layout(state));
    expect(layout(next.updates)).toEqual(layout(params));
    treeDispose([params, grads, state, next.state, next.updates]);
  });

  test("for a zero gradient at rest nothing moves, but for what decays", () => {
    const optimizer = make();
    const [params, grads] = [treeOf(random(7)), treeOf(random(7).map(() => 0))];
    const state = optimizer.init(params);
    const next = updateAt(optimizer, { grads, state, params, step: 0 });
    const [updates, values] = [numbers(next.updates), numbers(params)];
    updates.forEach((u, i) => expect(u + 0).toBeCloseTo(atRest * values[i]!, 9));
    expect(numbers(next.state)).toEqual(numbers(state));
    treeDispose([params, grads, state, next.state, next.updates]);
  });

  test("does not care how the parameters are cut into leaves", () => {
    const optimizer = make();
    const [params, grads] = [treeOf(random(8)), treeOf(random(9))];
    const [vector, slope] = [ops.tensor(random(8)), ops.tensor(random(9))];
    const [state, vectorState] = [optimizer.init(params), optimizer.init(vector)];
    const next = updateAt(optimizer, { grads, state, params, step: 3 });
    const whole = updateAt(optimizer, { grads: slope, state: vectorState, params: vector, step: 3 });
    const want = numbers(next.updates);
    numbers(whole.updates).forEach((got, i) =>
      expect(Math.abs(got - want[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(got))),
    );
    treeDispose([params, grads, vector, slope, state, vectorState, next, whole]);
  });

  test("needs equally many numbers at all steps, and they are finite", () => {
    const { coefs } = make();
    for (const step of [0, 1, 9, 10, 1e4, 1e7]) {
      expect(coefs(step)).toHaveLength(coefs(0).length);
      expect(coefs(step).every(Number.isFinite)).toBe(true);
    }
  });

  test("tells the rate of a step", () => {
    expect(make().rate(0)).toBeCloseTo(rate, 12);
  });
});

test("clipByGlobalNorm leaves shorter gradients as they are, and gives longer ones the limit as their norm", () => {
  const clip = clipByGlobalNorm(2);
  const clipped = (values: number[]): number[] => {
    const grads = treeOf(values);
    const { updates } = clip.update(grads, {}, grads, []);
    const result = numbers(updates);
    treeDispose([grads, updates]);
    return result;
  };
  const short = random(1).map((v) => v * 0.1);
  expect(clipped(short)).toEqual([...Float32Array.from(short)]);
  expect(norm(clipped(random(1).map((v) => v * 100)))).toBeCloseTo(2, 5);
});

test("settings out of range are errors that say what they must be", () => {
  expect(() => sgd({ rate: 1, momentum: 1 })).toThrow(/sgd: momentum must be in \[0, 1\), got 1/);
  expect(() => adam({ beta2: -0.1 })).toThrow(/adam: beta2 must be in \[0, 1\), got -0.1/);
  expect(() => adam({ epsilon: 0 })).toThrow(/adam: epsilon must be positive, got 0/);
  expect(() => adamw({ decay: -1 })).toThrow(/adamw: decay must be at least 0, got -1/);
  expect(() => clipByGlobalNorm(0)).toThrow(/clipByGlobalNorm: limit must be positive, got 0/);
});
