import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { jit, start } from "../../src/index.ts";

beforeAll(() => start({ backend: "cpu" }));
beforeEach(() => start({ backend: "nonmarkov" }));

const ours = (): Backend => tf.findBackend("nonmarkov") as Backend;
const used = (): unknown => [tf.memory().numTensors, ours().numDataIds(), ours().machine.usage().bytes];

describe("reading", () => {
  test("gives a copy: writing into it changes no tensor, and later kernels do not change it", async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const sync = x.dataSync();
    const later = await x.data();
    expect([sync.buffer, later.buffer]).not.toContain(ours().machine.memory.buffer);
    sync.fill(7);
    later.fill(8);
    expect([...x.dataSync()]).toEqual([1, 2, 3]);
    x.dispose();
    const y = tf.tensor1d([4, 5, 6]); // takes the place of x
    expect([...sync, ...later]).toEqual([7, 7, 7, 8, 8, 8]);
    y.dispose();
  });

  test("gives numbers of the tensor's type", () => {
    const made = [tf.tensor([1.5, -2]), tf.tensor([3, -4], [2], "int32"), tf.tensor([true, false], [2], "bool")];
    expect(made.map((x) => x.dataSync())).toEqual([
      Float32Array.of(1.5, -2),
      Int32Array.of(3, -4),
      Uint8Array.of(1, 0),
    ]);
    tf.dispose(made);
  });

  test("a tensor from an array keeps the numbers that the array had", () => {
    const values = Float32Array.of(1, 2);
    const x = tf.tensor1d(values);
    values.fill(0);
    expect([...x.dataSync()]).toEqual([1, 2]);
    x.dispose();
  });
});

describe("a tensor's life", () => {
  test("a clone and another shape stay when their original goes, and share its memory", () => {
    const x = tf.tensor([1, 2, 3, 4]);
    const { bytes } = ours().machine.usage();
    const [copy, square] = [tf.clone(x), tf.reshape(x, [2, 2])];
    expect(ours().machine.usage().bytes).toBe(bytes);
    x.dispose();
    expect([...copy.dataSync(), ...square.dataSync()]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    tf.dispose([copy, square]);
  });

  test("memory is flat over a thousand kernels, whatever they are made of", () => {
    const before = used();
    const peaks = new Set<number>();
    for (let i = 0; i < 1000; i++)
      tf.tidy(() => {
        const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
        const y = tf.softmax(tf.matMul(x, tf.transpose(tf.exp(x))));
        tf.split(tf.concat([tf.gather(y, tf.tensor1d([1, 0], "int32")), tf.cumsum(y)]), 2);
        peaks.add(ours().machine.usage().peak);
      });
    expect(used()).toEqual(before);
    expect(peaks.size).toBe(1);
  });

  test("memory is flat after errors, too", () => {
    const before = used();
    tf.tidy(() => {
      const [x, y] = [tf.ones([2, 3]), tf.ones([4, 5])];
      expect(() => tf.matMul(x, y)).toThrow();
      expect(() => tf.add(x, y)).toThrow();
      expect(() => tf.tidy(() => tf.add(tf.exp(x), y))).toThrow();
    });
    expect(used()).toEqual(before);
  });

  test.each<[string, (x: tf.Tensor) => unknown]>([
    ["Add", (x) => tf.add(x, 1)],
    ["Reshape", (x) => tf.reshape(x, [2, 1])],
    ["Identity", (x) => tf.clone(x)],
    ["GatherV2", (x) => tf.gather(x, tf.tensor1d([0], "int32"))],
  ])("after its end it is an error that names the kernel, %s, and the shape", (op, use) =>
    tf.tidy(() => {
      const x = tf.tensor1d([1, 2]);
      x.dispose();
      expect(() => use(x)).toThrow(`${op} was given a tensor [2] that has been disposed`);
      expect(() => x.dataSync()).toThrow("disposed");
    }),
  );
});

test("a tensor that a recorded function has overwritten can only be disposed of", () => {
  const indices = tf.tensor1d([0], "int32");
  const before = tf.memory().numTensors;
  const next = jit((x: tf.Tensor) => tf.add(x, 1), { overwrites: [0] });
  const x = tf.tensor1d([1, 2]);
  const y = next(x);
  expect([...y.dataSync()]).toEqual([2, 3]);
  expect(() => x.dataSync()).toThrow("has no numbers any more");
  expect(() => tf.add(x, 1)).toThrow("has no numbers any more");
  expect(() => tf.gather(x, indices)).toThrow("has no numbers any more");
  tf.dispose([x, y]);
  expect(tf.memory().numTensors).toBe(before);
  indices.dispose();
});

describe("moving between backends", () => {
  const both = { float32: [1.5, -2], int32: [3, -4], bool: [1, 0] } as const;

  test.each(Object.entries(both))("%s tensors come from the cpu backend and go back", async (dtype, values) => {
    const before = used();
    await tf.setBackend("cpu");
    const x = tf.tensor([...values], [2], dtype as "float32");
    await tf.setBackend("nonmarkov");
    const y = tf.concat([x, x]);
    expect(y.dtype).toBe(dtype);
    expect([...y.dataSync()]).toEqual([...values, ...values]);
    await tf.setBackend("cpu");
    const z = tf.reverse(y, 0);
    expect([...z.dataSync(), ...x.dataSync()]).toEqual([...values.toReversed(), ...values.toReversed(), ...values]);
    tf.dispose([x, y, z]);
    expect(used()).toEqual(before);
  });

  test("tensors stay where they are while another backend computes", async () => {
    const x = tf.tensor1d([1, 2]);
    await tf.setBackend("cpu");
    expect([...x.dataSync()]).toEqual([1, 2]);
    x.dispose();
    await tf.setBackend("nonmarkov");
  });
});

test("memory tells the bytes in use", () => {
  const { bytes } = ours().machine.usage();
  const x = tf.fill([1024, 1024], 1);
  expect(ours().machine.usage().bytes - bytes).toBe(4 * 2 ** 20);
  expect(tf.memory().unreliable).toBe(false);
  x.dispose();
});
