import { ops, type Tensor, tensorSpace, treeDispose } from "@nonmarkov/autodiff";
import { denoiserOf, unet, type UnetConfig } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { ddim, sample } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { adam, diffusionLoss, disposeState, initialState, trainStep } from "@nonmarkov/train";

/** The CIFAR-10 U-Net of Ho et al., or a small one to try things out. */
export const configs: Readonly<Record<"cifar" | "tiny", UnetConfig>> = {
  cifar: { height: 32, width: 32, channels: 3, base: 128, mults: [1, 2, 2, 2], blocks: 2, attention: [16], groups: 32 },
  tiny: { height: 8, width: 8, channels: 3, base: 8, mults: [1, 2], attention: [4], groups: 4 },
};

/** The size of a benchmark. */
export type Size = keyof typeof configs;

/** Something to be timed, again and again; resolves when it is all computed. */
export type Work = {
  /** Runs it once, and gives the milliseconds until JavaScript was done with it. */
  readonly run: () => Promise<number>;
  /** Frees what it has. */
  readonly dispose: () => void;
};

/** Waits until a tensor is computed, and frees it. */
const finish = async (x: Tensor): Promise<void> => {
  const first = ops.slice(ops.reshape(x, [x.size]), 0, 1);
  await first.data();
  first.dispose();
  x.dispose();
};

const timed = async (begin: () => Tensor | Promise<Tensor>): Promise<number> => {
  const before = performance.now();
  const x = begin();
  const ms = performance.now() - before;
  await finish(await x);
  return ms;
};

const forward = (size: Size, batch: number, steps?: number): Work => {
  const config = configs[size];
  const net = unet(config);
  const params = net.init(key(1));
  const denoiser = denoiserOf(net, params);
  const x = tensorSpace.normal(key(2), ops.zeros([batch, config.height, config.width, config.channels]), 0);
  const table = steps === undefined ? undefined : ddim()(linear({ T: 1000 }), linearTau(1000, steps));
  return {
    run: () =>
      timed(() => (table === undefined ? denoiser(x, 500) : sample({ table, denoiser, xT: x, space: tensorSpace }))),
    dispose: () => {
      x.dispose();
      treeDispose(params);
    },
  };
};

const training = (size: Size, batch: number): Work => {
  const config = configs[size];
  const net = unet(config);
  const shape = [config.height, config.width, config.channels];
  const setup = { loss: diffusionLoss({ schedule: linear({ T: 1000 }), net, shape }), optimizer: adam({ rate: 1e-4 }) };
  const step = trainStep(setup, { overwrite: true });
  const params = net.init(key(1));
  let state = initialState(setup, params, key(2));
  treeDispose(params);
  const x = Float32Array.from({ length: batch * shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
  return {
    run: async () => {
      const before = performance.now();
      const made = step(state, { x, size: batch });
      const ms = performance.now() - before;
      const next = await made;
      disposeState(state);
      state = next.state;
      return ms;
    },
    dispose: () => disposeState(state),
  };
};

/** What is timed, by name. */
export const casesOf = (size: Size): Readonly<Record<string, () => Work>> =>
  size === "tiny"
    ? {
        forward_b1: () => forward(size, 1),
        forward_b16: () => forward(size, 16),
        ddim10_b1: () => forward(size, 1, 10),
        train_b2: () => training(size, 2),
      }
    : {
        forward_b1: () => forward(size, 1),
        forward_b16: () => forward(size, 16),
        forward_b64: () => forward(size, 64),
        forward_b256: () => forward(size, 256),
        ddim50_b16: () => forward(size, 16, 50),
        train_b16: () => training(size, 16),
        train_b128: () => training(size, 128),
      };
