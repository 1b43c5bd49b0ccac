import { type Tensor, normalTensor, ops, own, tensorHalves, tensorSpace, treeDispose } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { denoiserOf, unet } from "@nonmarkov/nets";
import { type Key, foldIn, key } from "@nonmarkov/random";
import { ddpm, learnedVariance, sample } from "@nonmarkov/samplers";
import { linear } from "@nonmarkov/schedule";
import { type Batch, adam, disposeState, drawNoise, fit, hybridLoss, initialState } from "@nonmarkov/train";
import { beforeAll, expect, test } from "vitest";
import { numTensors } from "./support/cpu.ts";

beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

test("a learned variance becomes that of the prediction's error", async () => {
  // of unit Gaussian data the best prediction of x0 is √a·x, and its error has the variance 1 - a
  const schedule = linear({ T: 1, betaStart: 0.4, betaEnd: 0.4 });
  type Affine = { readonly scale: Tensor; readonly logVariance: Tensor };
  const net = {
    apply: ({ scale, logVariance }: Affine, x: Tensor): Tensor =>
      own(() => ops.concat([ops.mul(x, scale), ops.add(ops.zerosLike(x), logVariance)], 1)),
  };
  const training = {
    loss: hybridLoss<Affine>({
      schedule,
      net,
      shape: [1],
      prediction: "x0",
      variance: "learned",
      levels: Infinity,
      boundWeight: 1,
    }),
    optimizer: adam({ rate: 0.05 }),
    emaDecay: () => 0.95,
  };
  const size = 512;
  const batch = (dataKey: Key, step: number): Batch => ({
    x: Float32Array.from(drawNoise(foldIn(dataKey, step), 1, size)),
    size,
  });
  const zeros = { scale: ops.scalar(0), logVariance: ops.scalar(0) };
  let state = initialState(training, zeros, key(1));
  for await (const event of fit(training, { state, batch, until: 150 })) state = event.state;
  const { scale, logVariance } = state.ema;
  expect((await scale.data())[0]).toBeCloseTo(Math.sqrt(0.6), 1);
  expect((await logVariance.data())[0]).toBeCloseTo(Math.log(0.4), 1);
  disposeState(state);
  treeDispose(zeros);
});

test("a U-Net with twice the channels is trained and sampled, and no tensor is left behind", async () => {
  const schedule = linear({ T: 20, betaStart: 0.01, betaEnd: 0.4 });
  const shape = [4, 4, 1];
  const net = unet({ height: 4, width: 4, channels: 1, outputs: 2, base: 4, mults: [1], groups: 2 });
  const training = { loss: hybridLoss({ schedule, net, shape }), optimizer: adam({ rate: 1e-3 }) };
  const images = Float32Array.from({ length: 4 * 16 }, (_, i) => ((i * 37) % 256) / 127.5 - 1);
  const before = numTensors();
  const params = net.init(key(1));
  let state = initialState(training, params, key(2));
  treeDispose(params);
  const losses: number[] = [];
  for await (const event of fit(training, { state, batch: () => ({ x: images, size: 4 }), until: 3 })) {
    state = event.state;
    losses.push(event.loss);
  }
  expect(losses.every(Number.isFinite)).toBe(true);
  const run = async (kind: "range" | "learned"): Promise<number[]> => {
    const xT = normalTensor(key(3), [4, ...shape]);
    const x = await sample<Tensor>({
      table: ddpm({ variance: "learned" })(schedule, [5, 10, 15, 20]),
      denoiser: denoiserOf(net, state.params),
      xT,
      space: tensorSpace,
      key: key(4),
      ...learnedVariance({ kind, halves: tensorHalves }),
    });
    const values = [...(await x.data())];
    treeDispose([xT, x]);
    return values;
  };
  const [range, learned] = [await run("range"), await run("learned")];
  expect(range.every(Number.isFinite)).toBe(true);
  expect(range).not.toEqual(learned);
  disposeState(state);
  expect(numTensors()).toBe(before);
});
