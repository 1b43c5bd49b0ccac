import { type Tensor, type Tree, treeDispose, treeLeaves } from "@nonmarkov/autodiff";
import { OutOfMemoryError } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import { adam, diffusionLoss, disposeState, drawNoise, initialState, trainStep } from "@nonmarkov/train";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";
import { linearNet, linearParams } from "./support/linearNet.ts";

beforeAll(useCpu);
afterEach(() => void vi.restoreAllMocks());

/** A network for which there is memory for `most` rows. */
const limited = (most: number) => ({
  ...linearNet,
  apply: (...args: Parameters<typeof linearNet.apply>): Tensor => {
    const rows = args[1].shape[0]!;
    if (rows > most) throw new OutOfMemoryError(`${rows} rows`, rows, 0);
    return linearNet.apply(...args);
  },
});

const numbers = (tree: Tree): number[] => treeLeaves(tree).flatMap((leaf) => [...leaf.dataSync()]);

const steps = async (net: typeof linearNet, isSumOfRows = true): Promise<{ losses: number[]; params: number[] }> => {
  const loss = { ...diffusionLoss({ schedule: linear({ T: 10 }), net, shape: [2] }), isSumOfRows };
  const training = { loss, optimizer: adam({ rate: 0.1 }) };
  const step = trainStep(training);
  const start = drawNoise(key(3), 1, 6);
  const params = linearParams(2, (i) => start[i]!);
  let state = initialState(training, params, key(1));
  treeDispose(params);
  const losses: number[] = [];
  try {
    for (let i = 0; i < 3; i++) {
      const next = await step(state, { x: Float32Array.from(drawNoise(key(i), 7, 2)), size: 7 });
      disposeState(state);
      state = next.state;
      losses.push(next.loss);
    }
    return { losses, params: numbers(state.params) };
  } finally {
    disposeState(state);
  }
};

test("a batch for which there is no memory is evaluated in parts: the same numbers, and a warning each time it is halved", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const before = numTensors();
  const whole = await steps(linearNet);
  expect(warn).not.toHaveBeenCalled();
  const parts = await steps(limited(2));
  expect(warn.mock.calls.map(([text]) => /7 rows|4 rows|in (\d) parts/.exec(String(text)) && String(text).match(/in (\d) parts/)?.[1])).toEqual(["2", "4"]); // prettier-ignore
  parts.losses.forEach((loss, i) => expect(loss).toBeCloseTo(whole.losses[i]!, 5));
  parts.params.forEach((p, i) => expect(p).toBeCloseTo(whole.params[i]!, 5));
  expect(numTensors()).toBe(before);
});

test("the error passes through where one row is too many, or the loss is no sum over rows", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const before = numTensors();
  await expect(steps(limited(0))).rejects.toBeInstanceOf(OutOfMemoryError);
  await expect(steps(limited(2), false)).rejects.toBeInstanceOf(OutOfMemoryError);
  expect(numTensors()).toBe(before);
});
