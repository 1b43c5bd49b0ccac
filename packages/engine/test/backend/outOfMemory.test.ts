import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { OutOfMemoryError, start } from "../../src/index.ts";

beforeAll(() => start({ backend: "nonmarkov" }));

const ours = (): Backend => tf.backend() as Backend;
const caught = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (error) {
    return error;
  }
};

test("a tensor that WebAssembly cannot hold is a typed error that names its shape and what to do", () => {
  const { bytes } = ours().machine.usage();
  const error = caught(() => tf.fill([64, 1024, 1024, 32], 1));
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error).toMatchObject({ wanted: "a float32 tensor [64, 1024, 1024, 32]", bytes: 2 ** 33, inUse: bytes });
  expect((error as Error).message).toMatch(/\(8192 MiB\).*lower the batch size/);
  expect(ours().machine.usage().bytes).toBe(bytes);
});

test("numbers beyond 2 GiB are computed with like all others; a full memory is an error, and the rest goes on", () => {
  const machine = ours().machine;
  const part = { shape: [2 ** 26], bytes: 2 ** 28 };
  const taken: tf.TensorInfo[] = []; // never written to: the system need not give it
  while (machine.usage().bytes < 2.25 * 2 ** 30) taken.push(ours().make(part.shape, "float32"));
  tf.tidy(() => {
    const x = tf.range(0, 5000);
    expect(ours().addressOf(x.dataId)).toBeGreaterThan(2 ** 31);
    expect(tf.sum(tf.square(x)).dataSync()[0]).toBeCloseTo((4999 * 5000 * 9999) / 6, -5);
    const matrix = tf.reshape(x, [50, 100]);
    const [first] = tf.matMul(matrix, matrix, false, true).dataSync();
    expect(first).toBeCloseTo((99 * 100 * 199) / 6, -1);
    expect(tf.gather(x, tf.tensor1d([4999], "int32")).dataSync()[0]).toBe(4999);
    expect(tf.concat([x, x]).dataSync()[9999]).toBe(4999);
  });
  const error = caught(() => {
    for (;;) taken.push(ours().make(part.shape, "float32"));
  });
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error).toMatchObject({ wanted: "a float32 tensor [67108864]", bytes: part.bytes });
  expect([...tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync())]).toEqual([2, 3]);
  for (const { dataId } of taken) ours().disposeData(dataId);
});
