import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import { mlp } from "@nonmarkov/nets";
import { foldIn, key, normal } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import {
  adamw,
  type Batch,
  chain,
  clipByGlobalNorm,
  diffusionLoss,
  disposeState,
  initialState,
  trainStep,
} from "@nonmarkov/train";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { start } from "../../src/index.ts";
import type { Gpu } from "../../src/webgpu/gpu.ts";
import { bytesOf, expectNothingLeft } from "./reference/guardedGpu.ts";
import { expectNumbersNear, numbersOnHost, type OnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

let gpu: Gpu;
beforeAll(async () => {
  await start({ backend: "cpu" });
  gpu = await startGpu();
});
expectNothingLeft();

const net = mlp({ dim: 2, hidden: 7, depth: 1, frequencies: 4 });
const loss = diffusionLoss({ schedule: linear({ T: 50 }), net, shape: [2] });
// a large epsilon lets Adam not take roundings of small gradients for gradients
const optimizer = chain(clipByGlobalNorm(0.5), adamw({ rate: 1e-2, decay: 0.1, epsilon: 1e-2 }));
const training = { loss, optimizer };

const batchAt = (step: number, size = 4): Batch => ({
  x: Float32Array.from(normal(foldIn(key(9), step), size * 2)),
  size,
});

const begun = () => {
  const params = net.init(key(1));
  const state = initialState(training, params, key(3));
  treeDispose(params);
  return state;
};
type Step = ReturnType<typeof trainStep<Parameters<typeof net.apply>[0], never, Batch, never>>;
const stepWith = (overwrite: boolean): Step => trainStep(training, { overwrite }) as unknown as Step;

const treesAfter = async (
  backend: string,
  overwrite: boolean,
  sizes: readonly number[],
): Promise<readonly OnHost[]> => {
  await setBackend(backend);
  const step = stepWith(overwrite);
  let state = begun() as Parameters<Step>[0];
  const seen: (readonly OnHost[])[] = [];
  for (const [i, size] of sizes.entries()) {
    const { state: next } = await step(state, batchAt(i, size));
    disposeState(state);
    state = next;
    if (i === 1) seen.push(await numbersOnHost(state.params as Tree)); // what has been read is used all the same
  }
  const trees = { params: state.params, ema: state.ema, opt: state.opt } as unknown as Tree;
  seen.push(await numbersOnHost(trees));
  disposeState(state);
  return seen.flat();
};

describe("training steps", () => {
  test("are those of tfjs's cpu backend, whether the state is overwritten or not, for batches of other sizes too", async () => {
    const sizes = [4, 4, 5, 4, 4, 4];
    const want = await treesAfter("cpu", false, sizes);
    const plain = await treesAfter("webgpu", false, sizes);
    expectNumbersNear(plain, want, 1e-4);
    const overwritten = await treesAfter("webgpu", true, sizes);
    expect(overwritten).toEqual(plain);
  });

  test.each([false, true])(
    "take no memory that they do not give back, however many there are (overwrite: %s)",
    async (overwrite) => {
      const step = stepWith(overwrite);
      let state = begun() as Parameters<Step>[0];
      const used: unknown[] = [];
      for (let i = 0; i < 120; i++) {
        const { state: next } = await step(state, batchAt(i % 7));
        disposeState(state);
        state = next;
        if (i === 20 || i === 21 || i === 118 || i === 119)
          used.push([memory().numTensors, gpu.numDataIds(), ...bytesOf(gpu)]);
      }
      disposeState(state);
      expect(used.slice(2)).toEqual(used.slice(0, 2));
    },
  );

  test("that throw leave nothing", async () => {
    const state = begun() as Parameters<Step>[0];
    const broken = trainStep({
      ...training,
      loss: {
        prepare: loss.prepare as never,
        evaluate: (params: never, examples: never): never => {
          loss.evaluate(params, examples);
          throw new RangeError("half way");
        },
      },
    }) as unknown as Step;
    const before = [memory().numTensors, gpu.numDataIds(), ...bytesOf(gpu)];
    for (let i = 0; i < 20; i++) await expect(broken(state, batchAt(i))).rejects.toThrow("half way");
    expect([memory().numTensors, gpu.numDataIds(), ...bytesOf(gpu)]).toEqual(before);
    disposeState(state);
  });
});
