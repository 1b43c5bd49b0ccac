import { key, uniform } from "@nonmarkov/random";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { erf } from "./reference/erf.ts";
import { expectSame } from "./reference/errors.ts";
import { drawn, type Numbers, unit } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";
import { ulpsBetween } from "./reference/ulps.ts";

beforeAll(async () => {
  await startGuarded(2);
});

const largest = 3.4028234663852886e38;
const special = [
  ...[0, 1, NaN, Infinity, largest, 2 ** -126, 2 ** -149, 0.5, 1.5, 2.5, 3.5, 1e-20, 1e10, 8388607.5, 4194303.5],
  ...[88.7, 88.73, 89, 87.4, 100, 103.9, 104, 30, 30.5, 0.625, 0.6249999, 1e-4, 4096],
].flatMap((x) => [x, -x]);

/** Numbers of every size that float32 has, denormal ones and several NaN among them. */
const ofAnyBits = (count: number, seed: number): readonly number[] => [
  ...new Float32Array(Int32Array.from(uniform(key(seed), count, { min: -(2 ** 31), max: 2 ** 31 }), Math.floor).buffer),
];

const list = (data: readonly number[]): Numbers => ({ shape: [data.length], data: Float32Array.from(data) });

const one = list([
  ...special,
  ...ofAnyBits(2000, 1),
  ...drawn([2000], 2).data,
  ...drawn([2000], 3, { deviation: 40 }).data,
]);
const [first, second] = [4, 5].map((seed) => [
  ...special.flatMap((a) => special.map((b) => (seed === 4 ? a : b))),
  ...ofAnyBits(2000, seed),
  ...drawn([2000], 10 * seed, { deviation: 10 }).data,
]) as [number[], number[]];
const two = [list(first), list(second)] as const;

const toEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

/**
 * Each kernel, what it is, and by how many units in the last place it may be off: 0 and 0.5 are right, rounded once.
 * Measured: rsqrt 1.4, exp 0.9, sigmoid 1.9, tanh 1.2, silu 2.1. Numbers below 1e-36 may also become 0.
 */
const unary: readonly (readonly [op: string, f: (x: number) => number, ulps: number])[] = [
  ["Neg", (x) => -x, 0],
  ["Square", (x) => x * x, 0],
  ["Sqrt", Math.sqrt, 0],
  ["Reciprocal", (x) => 1 / x, 0],
  ["Abs", Math.abs, 0],
  ["Sign", Math.sign, 0],
  ["Relu", (x) => Math.max(0, x), 0],
  ["Floor", Math.floor, 0],
  ["Ceil", Math.ceil, 0],
  ["Round", toEven, 0],
  ["Expm1", Math.expm1, 1],
  ["Log", Math.log, 1],
  ["Log1p", Math.log1p, 1],
  ["Softplus", (x) => (x > 700 ? x : Math.log1p(Math.exp(x))), 1],
  ["Erf", erf, 1],
  ["Sin", Math.sin, 1],
  ["Cos", Math.cos, 1],
  ["Rsqrt", (x) => 1 / Math.sqrt(x), 2],
  ["Exp", Math.exp, 2],
  ["Tanh", Math.tanh, 3],
  ["Sigmoid", sigmoid, 4],
  ["Silu", (x) => x * sigmoid(x), 5],
];

const rounded = Math.fround;
const binary: readonly (readonly [op: string, f: (x: number, y: number) => number, ulps: number])[] = [
  ["Add", (x, y) => x + y, 0],
  ["Sub", (x, y) => x - y, 0],
  ["Multiply", (x, y) => x * y, 0],
  ["RealDiv", (x, y) => x / y, 0],
  ["Maximum", Math.max, 0],
  ["Minimum", Math.min, 0],
  ["SquaredDifference", (x, y) => rounded(x - y) ** 2, 0],
  ["Pow", Math.pow, 1],
];

const tiny = 1e-36;
const check = (got: Numbers, want: (i: number) => number, ulps: number, what: (i: number) => string): void =>
  got.data.forEach((y, i) => {
    const w = want(i);
    if (ulpsBetween(y, w) <= ulps || (ulps > 0 && Math.abs(w) < tiny && Math.abs(y - w) < tiny)) return;
    expect.fail(`${what(i)} must be ${w} up to ${ulps} ulps, got ${y}: ${ulpsBetween(y, w)}`);
  });

describe("elementwise kernels are their functions, for numbers of every size, infinities, NaN and the smallest", () => {
  test.each(unary)("%s", (op, f, ulps) =>
    check(runOne(op, { x: one }), (i) => f(one.data[i]!), ulps, (i) => `${op}(${one.data[i]})`),
  ); // prettier-ignore

  test.each(binary)("%s", (op, f, ulps) => {
    const [a, b] = two;
    const what = (i: number): string => `${op}(${a.data[i]}, ${b.data[i]})`;
    check(runOne(op, { a, b }), (i) => f(a.data[i]!, b.data[i]!), ulps, what);
  });

  test("SiluGrad is dy times the slope of x sigmoid(x), up to roundings of dy (1 + |x|) (measured: 1.5)", () => {
    const [dy, x] = [drawn([4000], 1, { deviation: 3 }), drawn([4000], 2, { deviation: 25 })];
    const { data } = runOne("SiluGrad", { dy, x });
    data.forEach((got, i) => {
      const [d, v] = [dy.data[i]!, x.data[i]!];
      const want = d * sigmoid(v) * (1 + v * sigmoid(-v));
      const size = Math.abs(d) * (1 + Math.abs(v)) * unit;
      if (!(Math.abs(got - want) <= 6 * size)) expect.fail(`SiluGrad(${d}, ${v}) must be ${want}, got ${got}`);
    });
    const nan = [list([NaN, 1]), list([1, NaN])] as const;
    expect([...runOne("SiluGrad", { dy: nan[0], x: nan[1] }).data]).toEqual([NaN, NaN]);
  });

  test("functions with settings: Step, ClipByValue, AddN of many, Combine", () => {
    const x = one;
    const steps = runOne("Step", { x }, { alpha: 0.25 });
    check(steps, (i) => (Number.isNaN(x.data[i]!) ? NaN : x.data[i]! > 0 ? 1 : 0.25), 0, (i) => `Step(${x.data[i]})`); // prettier-ignore
    const clipped = runOne("ClipByValue", { x }, { clipValueMin: -1.5, clipValueMax: 40 });
    check(clipped, (i) => (Number.isNaN(x.data[i]!) ? NaN : Math.min(Math.max(x.data[i]!, -1.5), 40)), 0, (i) => `Clip(${x.data[i]})`); // prettier-ignore
    for (const count of [1, 2, 3, 11, 12, 13, 23, 24, 40]) {
      const terms = Array.from({ length: count }, (_, i) => drawn([5, 7], i));
      const sum = runOne("AddN", terms);
      const want = sum.data.map((_, i) => terms.map(({ data }) => data[i]!).reduce((a, b) => rounded(a + b)));
      expectSame(sum, { shape: [5, 7], data: want }, `AddN of ${count}`);
    }
    const [a, b, c] = [drawn([9], 1), drawn([9], 2), drawn([9], 3)];
    const made = runOne("Combine", [a, b, c], { coefs: [0.1, 1, -3] });
    check(made, (i) => rounded(rounded(rounded(rounded(0.1) * a.data[i]!) + b.data[i]!) + rounded(-3 * c.data[i]!)), 0, (i) => `Combine at ${i}`); // prettier-ignore
  });

  test("the place of a number does not matter, nor how many there are: every result is that of one number", () => {
    const numbers = drawn([70003], 9, { deviation: 3 }).data;
    const all = runOne("Tanh", { x: { shape: [70003], data: numbers } }).data;
    for (const count of [1, 2, 3, 4, 5, 7, 255, 256, 257, 1023, 1025, 16385, 69999])
      for (const at of [0, 1, 2, 3]) {
        const part = runOne("Tanh", { x: { shape: [count], data: numbers.subarray(at, at + count) } });
        expectSame(part, { shape: [count], data: all.subarray(at, at + count) }, `${count} from ${at}`);
      }
  });

  test("all of them are computed by the machine", () => {
    for (const [op] of unary) expect(commandsOf(op, [[3]]), op).toEqual(["elementwise"]);
    for (const [op] of binary) expect(commandsOf(op, [[3], [3]]), op).toEqual(["elementwise"]);
  });
});
