import { normalTensor, ops, type Tensor, tensorSpace } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { ddim, ddpm, type Planner, sample, sigmaHat } from "@nonmarkov/samplers";
import { cosine, linearTau } from "@nonmarkov/schedule";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { graphModelDenoiser } from "../../src/index.ts";
import { numbers } from "../numbers.ts";
import { attr, graphBuilder, inMemory } from "./graphBuilder.ts";
import { kerasUnet } from "./kerasUnet.ts";
import { pointMassGraph } from "./pointMassGraph.ts";

beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

const schedule = cosine({ T: 300 });
const shape = [4, 4, 3];
const x0 = numbers(48);
const known = { alphaBars: [...schedule.alphaBar].slice(1), x0, shape };

const worst = (y: Tensor, wanted: readonly number[]): number =>
  Math.max(...[...y.dataSync()].map((v, i) => Math.abs(v - wanted[i % wanted.length]!)));

describe("a model that looks its own noise level up by a 0-based int32 index is sampled to its only datum", () => {
  const planners: readonly (readonly [string, Planner])[] = [
    ["ddim", ddim()],
    ["ddim eta = 1", ddim({ eta: 1 })],
    ["sigma-hat", sigmaHat()],
    ["ddpm", ddpm()],
  ];
  test.each(planners)("%s", async (_, planner) => {
    const model = await loadGraphModel(inMemory(pointMassGraph(known)));
    const before = memory().numTensors;
    const xT = normalTensor(key(1), [2, ...shape]);
    const denoiser = graphModelDenoiser({ model });
    const x = await sample({
      table: planner(schedule, linearTau(300, 20)),
      denoiser,
      xT,
      space: tensorSpace,
      key: key(2),
    });
    expect(x.shape).toEqual([2, ...shape]);
    expect(worst(x, x0)).toBeLessThan(2e-3);
    x.dispose();
    xT.dispose();
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });
});

test("times of other shapes, other bases, and graphs with control flow give the same", async () => {
  const x = normalTensor(key(3), [2, ...shape]);
  const read = async (denoise: ReturnType<typeof graphModelDenoiser>, t: number): Promise<number[]> => {
    const y = await denoise(x, t);
    const values = [...y.dataSync()];
    y.dispose();
    return values;
  };
  const plain = await loadGraphModel(inMemory(pointMassGraph(known)));
  const wanted = await read(graphModelDenoiser({ model: plain }), 17);
  const column = await loadGraphModel(inMemory(pointMassGraph({ ...known, timeShape: [1, 1, 1] })));
  const flow = await loadGraphModel(inMemory(pointMassGraph({ ...known, controlFlow: true })));
  const before = memory().numTensors;
  expect(await read(graphModelDenoiser({ model: column }), 17)).toEqual(wanted);
  const controlled = graphModelDenoiser({ model: flow });
  expect(await read(controlled, 17)).toEqual(wanted);
  expect(await read(controlled, 17)).toEqual(wanted);
  expect(await read(graphModelDenoiser({ model: plain, time: { base: 1 } }), 16)).toEqual(wanted);
  expect(await read(graphModelDenoiser({ model: plain, time: { value: (t) => t - 5 } }), 21)).toEqual(wanted);
  const named = { x: "x_noisy", t: "timestep" };
  expect(await read(graphModelDenoiser({ model: plain, inputs: named, output: "output_0" }), 17)).toEqual(wanted);
  expect(memory().numTensors).toBe(before);
  for (const tensor of [x, plain, column, flow]) tensor.dispose();
});

test("a graph in NCHW gives what it gives in NHWC", async () => {
  const transposed = shape.flatMap((_, c) => Array.from({ length: 16 }, (_, at) => x0[at * 3 + c]!));
  const model = await loadGraphModel(inMemory(pointMassGraph({ ...known, x0: transposed, shape: [3, 4, 4] })));
  const plain = await loadGraphModel(inMemory(pointMassGraph(known)));
  const before = memory().numTensors;
  const x = normalTensor(key(4), [2, ...shape]);
  const got = (await graphModelDenoiser({ model, layout: "NCHW" })(x, 100)) as Tensor;
  const wanted = (await graphModelDenoiser({ model: plain })(x, 100)) as Tensor;
  expect(worst(got, [...wanted.dataSync()])).toBe(0);
  for (const tensor of [x, got, wanted]) tensor.dispose();
  expect(memory().numTensors).toBe(before);
  model.dispose();
  plain.dispose();
});

test("labels are given by name, in the type that the model wants", async () => {
  const g = graphBuilder();
  const [x, , k] = [g.input("x", [-1, 4]), g.input("t", [-1], "int32"), g.input("k", [-1], "int32")];
  const row = g.node("Reshape", [
    g.node("Cast", [k!], { DstT: attr.type("float32") }),
    g.constant([-1, 1], [2], "int32"),
  ]);
  const model = await loadGraphModel(inMemory(g.build([g.node("AddV2", [x!, row])])));
  const labels = ops.tensor([3, -1], [2], "int32");
  const before = memory().numTensors;
  const given = ops.zeros([2, 4]);
  const denoise = graphModelDenoiser({ model, labels, inputs: { labels: "k" } });
  const y = (await denoise(given, 1)) as Tensor;
  expect([...y.dataSync()]).toEqual([3, 3, 3, 3, -1, -1, -1, -1]);
  const three = ops.zeros([3, 4]);
  expect(() => denoise(three, 1)).toThrow(/one for each of the 3 rows/);
  for (const tensor of [given, y, three]) tensor.dispose();
  expect(memory().numTensors).toBe(before);
  labels.dispose();
  model.dispose();
});

test("a U-Net of Keras gives on the nonmarkov backend what it gives on the cpu backend", async () => {
  const values = [];
  const small = { labels: "bhwc,bijc->bhwij", mix: "bhwij,bijc->bhwc" };
  for (const backend of ["cpu", "nonmarkov"] as const) {
    await start({ backend });
    const model = await loadGraphModel(inMemory(kerasUnet(small)));
    const x = normalTensor(key(5), [3, 8, 8, 1]);
    const before = memory().numTensors;
    const y = (await graphModelDenoiser({ model })(x, 123)) as Tensor;
    values.push([...y.dataSync()]);
    y.dispose();
    expect(memory().numTensors).toBe(before);
    x.dispose();
    model.dispose();
  }
  const [wanted, got] = values as [number[], number[]];
  expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.1);
  expect(Math.max(...got.map((v, i) => Math.abs(v - wanted[i]!)))).toBeLessThan(1e-4);
});

describe("what does not fit is refused before anything runs, with what there is", () => {
  const twoInputs = (first: readonly number[], second: readonly number[]) => {
    const g = graphBuilder();
    const [a, b] = [g.input("a", first), g.input("b", second)];
    return loadGraphModel(inMemory(g.build([g.node("AddV2", [a, b])])));
  };
  test("inputs that cannot be told apart", async () => {
    const model = await twoInputs([-1, 4], [-1, 4]);
    expect(() => graphModelDenoiser({ model })).toThrow(/inputs\.t: .*a: float32 \[\?, 4\]; b: float32 \[\?, 4\]/);
    const scalars = await twoInputs([-1], [-1, 1]);
    expect(() => graphModelDenoiser({ model: scalars })).toThrow(/inputs\.t/);
    expect(() => graphModelDenoiser({ model: scalars, inputs: { x: "b" } })).not.toThrow();
  });
  test("names, outputs, options", async () => {
    const model = await loadGraphModel(inMemory(pointMassGraph(known)));
    expect(() => graphModelDenoiser({ model, inputs: { x: "y" } })).toThrow(/got "y"; it has x_noisy: float32/);
    expect(() => graphModelDenoiser({ model, inputs: { x: "x_noisy", t: "x_noisy" } })).toThrow(/one role/);
    expect(() => graphModelDenoiser({ model, output: "z" })).toThrow(/it has eps/);
    expect(() => graphModelDenoiser({ model, time: { base: 2 as 1 } })).toThrow(/0 or 1, got 2/);
    expect(() => graphModelDenoiser({ model, layout: "CHWN" as "NCHW" })).toThrow(/NHWC or NCHW/);
    expect(() => graphModelDenoiser({ model, inputs: { labels: "timestep" } })).toThrow(/no labels/);
    const labels = ops.tensor([1], [1], "int32");
    expect(() => graphModelDenoiser({ model, labels })).toThrow(/inputs\.labels/);
    labels.dispose();
    model.dispose();
  });
  test("an x of another shape, a time that is not whole, and numTensors stays flat", async () => {
    const model = await loadGraphModel(inMemory(pointMassGraph(known)));
    const before = memory().numTensors;
    const x = ops.zeros([2, 4, 4, 1]);
    const right = ops.zeros([2, ...shape]);
    const denoise = graphModelDenoiser({ model });
    expect(() => denoise(x, 1)).toThrow(/x_noisy: float32 \[\?, 4, 4, 3\], got \[2, 4, 4, 1\]/);
    expect(() => denoise(right, 1.5)).toThrow(/int32, but t = 1.5 is 0.5/);
    x.dispose();
    right.dispose();
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });
  test("a result of another shape than x", async () => {
    const g = graphBuilder();
    const [x] = [g.input("x", [-1, 4]), g.input("t", [-1], "int32")];
    const two = g.node("ConcatV2", [x!, x!, g.constant([1], [], "int32")], { N: attr.int(2) });
    const model = await loadGraphModel(inMemory(g.build([two])));
    const given = ops.zeros([3, 4]);
    const before = memory().numTensors;
    expect(() => graphModelDenoiser({ model })(given, 1)).toThrow(/shape of x, \[3, 4\], got \[3, 8\]/);
    expect(memory().numTensors).toBe(before);
    given.dispose();
    model.dispose();
  });
});
