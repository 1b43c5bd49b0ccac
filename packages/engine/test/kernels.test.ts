import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { start } from "../src/index.ts";

/** A tensor as plain numbers, to be made on either backend. */
type Plain = { readonly shape: readonly number[]; readonly data: readonly number[]; readonly dtype?: "int32" };

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const filled = (shape: readonly number[], seed: number): Plain => ({
  shape,
  data: Array.from({ length: size(shape) }, (_, i) => Math.sin(1 + i * 1.7 + seed * 13)),
});
const made = ({ shape, data, dtype }: Plain): tf.Tensor => tf.tensor([...data], [...shape], dtype);

/** Runs a kernel on a backend, and checks that it frees all but its results. */
const run = async (backend: "wasm" | "cpu", kernel: string, inputs: Readonly<Record<string, Plain>>, attrs: object) => {
  await tf.setBackend(backend);
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, plain]) => [name, made(plain)]));
  const before = [tf.engine().backend.numDataIds(), tf.memory().numTensors] as const;
  const results = [
    tf
      .engine()
      .runKernel<tf.Tensor>(kernel, kernel === "Einsum" ? (Object.values(tensors) as never) : tensors, attrs as never),
  ].flat();
  const read = results.map((t) => ({ shape: t.shape, data: Array.from(t.dataSync()) }));
  const shared = results.some((t) => Object.values(tensors).some((x) => x.dataId === t.dataId));
  tf.dispose(results);
  if (!shared) expect([tf.engine().backend.numDataIds(), tf.memory().numTensors]).toEqual(before);
  tf.dispose(tensors);
  return read;
};

const expectSame = async (
  kernel: string,
  inputs: Readonly<Record<string, Plain>>,
  attrs: object = {},
): Promise<void> => {
  const [got, expected] = [await run("wasm", kernel, inputs, attrs), await run("cpu", kernel, inputs, attrs)];
  expect(got.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  got.forEach(({ data }, i) =>
    data.forEach((v, j) => expect(Math.abs(v - expected[i]!.data[j]!)).toBeLessThan(1e-4 * (1 + Math.abs(v)))),
  );
};

beforeAll(async () => {
  await start({ backend: "cpu" });
  await start({ backend: "wasm", threads: 1 });
});

const small = fc.integer({ min: 1, max: 3 });
const channels = fc.constantFrom(1, 2, 3, 7, 8, 9, 16);
const axis = fc.record({
  input: fc.integer({ min: 1, max: 9 }),
  taps: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  pads: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })),
});
const convolutions = fc
  .record({
    batch: small,
    height: axis,
    width: axis,
    ci: channels,
    co: channels,
    pad: fc.constantFrom("same", "valid", "explicit"),
  })
  .map(({ batch, height, width, ci, co, pad }) => {
    const given = pad === "explicit" ? [[0, 0], height.pads, width.pads, [0, 0]] : pad;
    const x = [batch, height.input, width.input, ci] as [number, number, number, number];
    const filter = [height.taps, width.taps, ci, co] as [number, number, number, number];
    const strides = [height.stride, width.stride] as [number, number];
    const info = tf.backend_util.computeConv2DInfo(x, filter, strides, 1, given as never, "floor");
    return {
      x,
      filter,
      dy: info.outShape,
      attrs: { strides, pad: given, dataFormat: "NHWC", dimRoundingMode: "floor" },
    };
  })
  .filter(({ dy }) => dy.every((n) => n > 0));

describe("the wasm backend agrees with the cpu backend", () => {
  test("on the gradient of a convolution by its input, for every stride and padding", () =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filter, dy, attrs }) =>
        expectSame(
          "Conv2DBackpropInput",
          { dy: filled(dy, 1), filter: filled(filter, 2) },
          { ...attrs, inputShape: x },
        ),
      ),
      { numRuns: 100 },
    ));

  test("on the gradient of a convolution by its filter, for every stride and padding", () =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filter, dy, attrs }) =>
        expectSame("Conv2DBackpropFilter", { x: filled(x, 1), dy: filled(dy, 2) }, { ...attrs, filterShape: filter }),
      ),
      { numRuns: 100 },
    ));

  test.each([
    ["shifted images", [3, 28, 28, 8], [3, 3, 8, 8], 1],
    ["shifted images without zeros between", [5, 14, 14, 16], [1, 1, 16, 24], 1],
    ["patches of small images", [3, 7, 7, 16], [3, 3, 16, 64], 1],
    ["patches with a stride", [9, 14, 14, 8], [3, 3, 8, 16], 2],
    ["few output channels, where input and dy change places", [3, 28, 28, 16], [3, 3, 16, 1], 1],
    ["few input channels", [3, 28, 28, 1], [3, 3, 1, 16], 1],
  ])("on both gradients at the size of a picture: %s", async (_, x, filter, stride) => {
    const dy = [x[0]!, x[1]! / stride, x[2]! / stride, filter[3]!];
    const attrs = { strides: stride, pad: "same", dataFormat: "NHWC" };
    const inputs = { x: filled(x, 1), dy: filled(dy, 2), filter: filled(filter, 3) };
    await expectSame("Conv2DBackpropFilter", { x: inputs.x, dy: inputs.dy }, { ...attrs, filterShape: filter });
    await expectSame("Conv2DBackpropInput", { dy: inputs.dy, filter: inputs.filter }, { ...attrs, inputShape: x });
  });

  test.each(["ij,jk->ik", "bij,bkj->bik", "i,i->", "i,j->ji", "ij->ji", "ijk->j", "bhid,bhjd->bhij", "ij,->i"])(
    "on Einsum %s",
    async (equation) => {
      const lengths: Record<string, number> = { b: 2, h: 3, i: 4, j: 5, k: 6, d: 7 };
      const terms = equation.split("->")[0]!.split(",");
      const plain = terms.map((term, i) =>
        filled(
          [...term].map((label) => lengths[label]!),
          i,
        ),
      );
      await expectSame("Einsum", Object.fromEntries(plain.entries()), { equation });
    },
  );

  test("on sums of segments, with ids left out and repeated", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 }),
        fc.constantFrom([], [3], [2, 3]),
        async (ids, inner) => {
          const segmentIds: Plain = { shape: [ids.length], data: ids, dtype: "int32" };
          await expectSame(
            "UnsortedSegmentSum",
            { x: filled([ids.length, ...inner], 1), segmentIds },
            { numSegments: 4 },
          );
        },
      ),
      { numRuns: 40 },
    ));

  const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
  const typed = (shape: readonly number[], whole: boolean): Plain =>
    whole
      ? { shape, data: Array.from({ length: size(shape) }, (_, i) => i * 3 - 7), dtype: "int32" }
      : filled(shape, 1);
  test("on splits and repetitions along any axis, and on copies", () =>
    fc.assert(
      fc.asyncProperty(shapes, fc.nat(), fc.boolean(), small, async (shape, at, whole, n) => {
        const along = at % shape.length;
        const x = typed(
          shape.map((m, i) => (i === along ? 3 * m : m)),
          whole,
        );
        await expectSame("SplitV", { x }, { axis: along, numOrSizeSplits: 3 });
        await expectSame("Tile", { x }, { reps: shape.map((_, i) => (i === along || i === 0 ? n : 1)) });
        await expectSame("Identity", { x });
      }),
      { numRuns: 40 },
    ));
});

test("Einsum on wasm sums over what one tensor has alone, which the cpu backend gets wrong", async () => {
  await tf.setBackend("wasm");
  const [a, b] = [made(filled([2, 3], 1)), made(filled([4, 3], 2))];
  const [got, expected] = [tf.einsum("ij,kj->k", a, b), tf.einsum("j,kj->k", tf.sum(a, 0), b)];
  expect(got.shape).toEqual([4]);
  got.dataSync().forEach((v, i) => expect(v).toBeCloseTo(expected.dataSync()[i]!, 5));
});

test("on wasm a matrix on the right may be reshaped, and cloned, between products", async () => {
  await tf.setBackend("wasm");
  const [left, right] = [filled([1, 720], 1), filled([1, 720], 2)];
  const [a, b] = [made(left), made(right)];
  for (const [k, n] of [
    [6, 120],
    [120, 6],
    [24, 30],
    [6, 120],
  ] as const) {
    const product = tf.tidy(() => tf.matMul(tf.reshape(a, [-1, k]), tf.clone(tf.reshape(b, [k, n]))));
    const first = Array.from({ length: n }, (_, j) =>
      Array.from({ length: k }, (_, i) => left.data[i]! * right.data[i * n + j]!).reduce((p, q) => p + q, 0),
    );
    const got = product.dataSync();
    first.forEach((v, j) => expect(got[j]).toBeCloseTo(v, 4));
    product.dispose();
  }
  tf.dispose([a, b]);
});

test("a clone on wasm stays when its original goes", async () => {
  await tf.setBackend("wasm");
  const x = tf.tensor([1, 2]);
  const copy = tf.clone(x);
  x.dispose();
  expect(Array.from(copy.dataSync())).toEqual([1, 2]);
  copy.dispose();
});
