import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { normalTensor, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { jit, RecordingError } from "../../src/index.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { bytesOf, expectNothingLeft, taken } from "./reference/guardedGpu.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
/** Buffers of the device that are not destroyed, and their bytes. */
const alive = new Map<GPUBuffer, number>();
beforeAll(async () => {
  gpu = await startGpu();
  const { device } = gpu;
  const make = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = make(descriptor);
    alive.set(buffer, descriptor.size);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      destroy();
    };
    return buffer;
  };
});
expectNothingLeft();

/** Functions that are to be held for long: while tests count, the garbage collector must free no programs. */
const held: unknown[] = [];
const hold = <F>(f: F): F => {
  held.push(f);
  return f;
};

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);

/** Everything that there is: tensors, their data, bytes in use and waiting, buffers and bytes on the device. */
const everything = (): readonly number[] => [
  memory().numTensors,
  gpu.numDataIds(),
  ...bytesOf(gpu),
  alive.size,
  sum(alive.values()),
];

type State = { readonly w: Tensor; readonly m: Tensor; readonly v: Tensor };

/** Leaves of odd sizes, of which a step updates all. */
const start = (): readonly State[] =>
  [[3, 5], [7], [2, 3, 2]].map((shape, i) => ({
    w: normalTensor(key(i), shape),
    m: ops.zeros(shape),
    v: ops.ones(shape),
  }));

/** A step of Adam on a loss that all leaves have a part in. */
const step = (state: readonly State[], rate: Tensor) =>
  own(() => {
    const next = state.map(({ w, m, v }) => {
      const gradient = ops.mul(ops.relu(w), 0.5);
      const [m2, v2] = [ops.add(ops.mul(m, 0.9), ops.mul(gradient, 0.1)), ops.add(ops.mul(v, 0.99), ops.square(gradient))];
      return { w: ops.sub(w, ops.div(ops.mul(m2, rate), ops.sqrt(v2))), m: m2, v: v2 };
    });
    return { state: next, loss: ops.addN(next.map(({ w }) => ops.sum(ops.square(w)))) };
  }); // prettier-ignore

describe("a thousand calls leave nothing", () => {
  test.each([
    ["with new memory for the state", []],
    ["that overwrite the state", [0]],
  ])("%s", async (_, overwrites) => {
    const recorded = hold(jit(step, { overwrites }));
    let state: readonly State[] = start();
    const rate = ops.scalar(0.01);
    const seen: (readonly number[])[] = [];
    for (let i = 0; i < 1000; i++) {
      const next = recorded(state, rate);
      treeDispose(state as State[]);
      if (i % 50 === 0) await next.loss.data();
      treeDispose(next.loss);
      state = next.state;
      if (i === 50 || i === 150 || i === 950) seen.push(everything());
    }
    treeDispose(state as State[]);
    rate.dispose();
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  test("of which each gives another tensor, on the host or on the device", async () => {
    const f = hold(jit((x: Tensor, y: Tensor) => ({ sum: ops.add(x, y), x, mean: ops.mean(y) })));
    const seen: (readonly number[])[] = [];
    for (let i = 0; i < 1000; i++) {
      const [x, y] = [ops.fill([5], i), normalTensor(key(i), [5])];
      if (i % 3 === 0) gpu.uploadToGPU(x.dataId);
      treeDispose([x, y, f(x, y)] as never);
      if (i % 100 === 90) {
        gpu.flush();
        await gpu.device.queue.onSubmittedWorkDone();
        seen.push(everything());
      }
    }
    for (const each of seen.slice(1)) expect(each).toEqual(seen[0]);
  });

  test("of which each fails: what is thrown while it is recorded, what cannot be recorded, what is no tensor", () => {
    const x = normalTensor(key(1), [20, 30]);
    const w = normalTensor(key(2), [30, 30]);
    gpu.flush();
    const before = everything();
    const broken = jit((y: Tensor): Tensor => {
      ops.matMul(ops.exp(y), w);
      throw new RangeError("half way");
    });
    const reading = jit((y: Tensor) => ops.mul(y, ops.matMul(y, w).dataSync()[0]!));
    const number = jit((y: Tensor) => ({ y: ops.neg(y), count: 5 }) as unknown as Tensor);
    for (let i = 0; i < 300; i++) {
      expect(() => broken(x)).toThrow("half way");
      expect(() => reading(x)).toThrow(RecordingError);
      expect(() => number(x)).toThrow(/count/);
    }
    expect(everything()).toEqual(before);
    treeDispose([x, w]);
  });
});

describe("programs", () => {
  test("of which there are more than `most` are dropped, the oldest first, with their memory", () => {
    const weights = normalTensor(key(1), [40, 40]);
    let count = 0;
    const f = hold(
      jit(
        (x: Tensor) => {
          count++;
          return ops.softmax(ops.matMul(x, weights));
        },
        { most: 2 },
      ),
    );
    const call = (rows: number): void => {
      const x = normalTensor(key(rows), [rows, 40]);
      treeDispose([f(x), x]);
    };
    [3, 2, 1].forEach(call);
    const buffers = alive.size;
    [3, 2, 1, 3, 2, 1].forEach(call);
    expect(alive.size).toBe(buffers);
    expect(count).toBe(9);
    [1, 2, 2, 1].forEach(call);
    expect(count).toBe(9);
    weights.dispose();
  });

  test("share the memory for what they compute on the way, which grows, and keep computing what they did", async () => {
    const chain = (x: Tensor): Tensor => own(() => ops.sum(ops.softmax(ops.matMul(ops.softmax(ops.mul(x, 2)), x)), 0));
    const sizes = [3, 40, 90, 5];
    const functions = sizes.map(() => jit(chain));
    const inputs = sizes.map((n, i) => normalTensor(key(i), [n, n]));
    const wants = await taken(...inputs.map((x) => chain(x)));
    for (const order of [[0, 1, 2, 3], [3, 0, 2, 1], [1, 0]]) {
      for (const i of order) {
        const [got] = await taken(functions[i]!(inputs[i]!));
        got!.forEach((v, j) => expect(v).toBeCloseTo(wants[i]![j]!, 5));
      }
    } // prettier-ignore
    treeDispose(inputs);
  });

  test("that nobody holds any more give their memory back", async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const x = normalTensor(key(1), [60, 60]);
    const callOnce = (seed: number): void => {
      const w = normalTensor(key(seed), [60, 60]);
      treeDispose([jit((y: Tensor) => ops.matMul(y as never, w as never))(x), w]);
    };
    const settle = async (done: () => boolean): Promise<void> => {
      for (let i = 0; i < 30 && !done(); i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    held.length = 0;
    callOnce(0);
    await settle(() => false); // what earlier tests have let go of goes as well
    const [before] = bytesOf(gpu);
    for (let i = 1; i <= 20; i++) callOnce(i);
    const [most] = bytesOf(gpu);
    await settle(() => bytesOf(gpu)[0] <= before);
    expect(most).toBeGreaterThanOrEqual(before + 19 * 4 * 60 * 60);
    expect(bytesOf(gpu)[0]).toBeLessThanOrEqual(before);
    x.dispose();
  });
});
