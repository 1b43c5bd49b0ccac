import { tensorSpace, normalTensor, treeDispose, type Tree } from "@nonmarkov/autodiff";
import { batchAt, glyphs } from "@nonmarkov/data";
import { start } from "@nonmarkov/engine";
import { denoiserOf, unet } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { ddim, sample, trajectory } from "@nonmarkov/samplers";
import { everyT, linear } from "@nonmarkov/schedule";
import { adam, chain, clipByGlobalNorm, diffusionLoss, disposeState, fit, initialState } from "@nonmarkov/train";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";

beforeAll(() => start({ backend: "nonmarkov" }));

const data = glyphs({ size: 8 });
const net = unet({ height: 8, width: 8, channels: 1, base: 4, mults: [1], groups: 2, midAttention: false });
const schedule = linear();

test("the tensor count is flat over 1,000 training steps of a U-Net", { timeout: 120_000 }, async () => {
  const before = memory().numTensors;
  const training = {
    loss: diffusionLoss({ schedule, net, shape: data.shape }),
    optimizer: chain(clipByGlobalNorm(1), adam()),
  };
  const params = net.init(key(1));
  let state = initialState(training, params, key(2));
  treeDispose(params as Tree);
  const after = memory().numTensors;
  const examples = training.loss.prepare(batchAt(data, key(3), 0, 2), key(4));
  const ofNext = memory().numTensors - after;
  treeDispose(examples as Tree);
  const counts = new Set<number>();
  for await (const event of fit(training, { state, until: 1000, batch: (k, step) => batchAt(data, k, step, 2) })) {
    state = event.state;
    // the examples of the next step are made already
    counts.add(memory().numTensors - (event.step < 1000 ? ofNext : 0));
  }
  expect(state.step).toBe(1000);
  expect([...counts]).toEqual([after]);
  expect(memory().numTensors).toBe(after);
  disposeState(state);
  expect(memory().numTensors).toBe(before);
});

test("the tensor count is flat over 1,000 sampling steps of a U-Net", { timeout: 120_000 }, async () => {
  const before = memory().numTensors;
  const params = net.init(key(1));
  const xT = normalTensor(key(2), [2, 8, 8, 1]);
  const run = {
    table: ddim({ eta: 1 })(schedule, everyT(schedule.T)),
    denoiser: denoiserOf(net, params),
    xT,
    space: tensorSpace,
    key: key(3),
  };
  const counts = new Set<number>();
  for await (const { s } of trajectory(run)) if (s >= 1 && s < schedule.T - 1) counts.add(memory().numTensors);
  expect(counts.size).toBe(1);
  const x = await sample(run);
  x.dispose();
  xT.dispose();
  treeDispose(params as Tree);
  expect(memory().numTensors).toBe(before);
});
