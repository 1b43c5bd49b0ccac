import { readFileSync } from "node:fs";
import {
  normalTensor,
  ops,
  own,
  type Tensor,
  treeDispose,
  treeLeaves,
  treeMap,
  valueAndGrad,
} from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { unet } from "@nonmarkov/nets";
import { foldIn, key } from "@nonmarkov/random";
import { engine, findBackendFactory, registerBackend, removeBackend, setBackend, tensor } from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import { backendOn } from "../../src/backend/backendOn.ts";
import { registerKernels } from "../../src/backend/kernels.ts";
import { type Machine, makeMachine } from "../../src/machine/machine.ts";
import { drawn } from "./reference/numbers.ts";

/** Where workers count themselves when they have joined. */
const ready = Number(
  /READY: usize = (\d+)/.exec(readFileSync(new URL("../../assembly/layout.ts", import.meta.url), "utf8"))![1],
);

const joined = (machine: Machine): number => 1 + Atomics.load(machine.words(), ready / 4);

const machines: Machine[] = [];
afterAll(() => {
  if (findBackendFactory("nonmarkov") !== null) removeBackend("nonmarkov");
  machines.forEach((machine) => machine.stop());
});

/** Runs `f` on so many threads, all of which are there. */
const on = async <R>(threads: number, f: () => R): Promise<R> => {
  const machine = await makeMachine(threads);
  machines.push(machine);
  while (joined(machine) < threads) await new Promise((resolve) => setTimeout(resolve, 5));
  if (findBackendFactory("nonmarkov") !== null) removeBackend("nonmarkov");
  registerBackend("nonmarkov", () => backendOn(machine));
  registerKernels();
  await setBackend("nonmarkov");
  return f();
};

const image = { strides: 1, dilations: 1, pad: "same", dataFormat: "NHWC" };
const kernels: readonly (readonly [op: string, shapes: Readonly<Record<string, readonly number[]>>, attrs: object])[] = [
  ["BatchMatMul", { a: [3, 65, 90], b: [3, 90, 50] }, { transposeA: false, transposeB: false }],
  ["BatchMatMul", { a: [90, 65], b: [50, 90] }, { transposeA: true, transposeB: true }],
  ["Conv2D", { x: [3, 17, 18, 12], filter: [3, 3, 12, 20] }, image],
  ["Conv2D", { x: [1, 5, 5, 12], filter: [3, 3, 12, 20] }, image],
  ["Conv2D", { x: [3, 17, 18, 12], filter: [5, 3, 12, 20] }, { ...image, strides: 2 }],
  ["Conv2DBackpropInput", { dy: [3, 9, 9, 20], filter: [3, 3, 12, 20] }, { ...image, strides: 2, inputShape: [3, 17, 18, 12] }],
  ["Conv2DBackpropFilter", { x: [3, 17, 18, 12], dy: [3, 17, 18, 20] }, { ...image, filterShape: [3, 3, 12, 20] }],
  ["Conv2DBackpropFilter", { x: [3, 17, 18, 12], dy: [3, 9, 9, 20] }, { ...image, strides: 2, filterShape: [5, 5, 12, 20] }],
  ["GroupNorm", { x: [3, 14, 14, 64], gamma: [64], beta: [64] }, { groups: 8, eps: 1e-6, silu: true }],
  ["Attention", { q: [4, 70, 12], k: [4, 90, 12], v: [4, 90, 20] }, { scale: 0.3 }],
  ["Softmax", { logits: [300, 37] }, { dim: 1 }],
  ["Sum", { x: [50001] }, { axis: [0] }],
  ["Sum", { x: [9001, 7] }, { axis: [0] }],
  ["Max", { x: [40, 1300] }, { reductionIndices: [1] }],
  ["Tanh", { x: [70001] }, {}],
  ["Add", { a: [30, 40, 33], b: [40, 1] }, {}],
  ["Transpose", { x: [30, 41, 33] }, { perm: [2, 0, 1] }],
  ["PadV2", { x: [30, 40, 33] }, { paddings: [[1, 2], [0, 1], [3, 0]], constantValue: 1 }],
  ["AvgPool", { x: [3, 28, 28, 9] }, { filterSize: 2, strides: 2, pad: "valid" }],
]; // prettier-ignore

const numbersOf = (tensors: readonly Tensor[]): number[][] => tensors.map((t) => [...t.dataSync()]);

const everyKernel = (): number[][] =>
  kernels.flatMap(([op, shapes, attrs]) => {
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => [name, tensor(drawn(shape, i).data, [...shape])]),
    );
    const made = [engine().runKernel<Tensor | Tensor[]>(op, inputs, attrs as never)].flat();
    const numbers = numbersOf(made);
    treeDispose([inputs, made]);
    return numbers;
  });

/** The loss of a network and its gradient, recorded. */
const network = (): number[][] => {
  const net = unet({ height: 8, width: 8, channels: 1, base: 8, mults: [1, 2], attention: [4], groups: 4 });
  let i = 0;
  const params = treeMap(
    (p) => own(() => ops.add(p, ops.mul(normalTensor(foldIn(key(2), i++), p.shape), 0.1))),
    net.init(key(1)),
  );
  const [x, t] = [normalTensor(key(3), [3, 8, 8, 1]), ops.tensor([1, 30, 700])];
  const step = jit((p: typeof params, x: Tensor, t: Tensor) =>
    valueAndGrad((q: typeof params) => own(() => ops.mean(ops.square(net.apply(q, x, t)))))(p),
  );
  const made = step(params, x, t);
  const numbers = numbersOf(treeLeaves(made));
  for (let i = 0; i < 10; i++) {
    const again = step(params, x, t);
    expect(numbersOf(treeLeaves(again))).toEqual(numbers);
    treeDispose(again);
  }
  treeDispose([made, params, x, t]);
  return numbers;
};

test("one, two and three threads compute the same bits: every kernel, and a network with its gradient", async () => {
  const [one, two, three] = [
    await on(1, () => [everyKernel(), network()]),
    await on(2, () => [everyKernel(), network()]),
    await on(3, () => [everyKernel(), network()]),
  ];
  for (const other of [two, three]) {
    other[0]!.forEach((numbers, i) => expect(numbers, `result ${i}`).toEqual(one[0]![i]));
    other[1]!.forEach((numbers, i) => expect(numbers, `leaf ${i}`).toEqual(one[1]![i]));
  }
});
