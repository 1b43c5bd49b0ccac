import {
  ops,
  attention,
  groupNormSilu,
  tensorSpace,
  type Tensor,
  type Tree,
  treeDispose,
  valueAndGrad,
} from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { denoiserOf, mlp, type Net, unet } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { ddim, sample } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { adam, diffusionLoss, disposeState, initialState, type State, trainStep } from "@nonmarkov/train";

/** One piece of work, prepared: each call does it once and waits for its result. */
export type Work = () => Promise<void>;

type AnyNet = Net<Tree>;

/** The networks that all peers compute. */
const nets: Readonly<Record<string, { readonly net: () => AnyNet; readonly shape: readonly number[] }>> = {
  cifar: {
    net: () =>
      unet({
        height: 32,
        width: 32,
        channels: 3,
        base: 128,
        mults: [1, 2, 2, 2],
        blocks: 2,
        attention: [16],
        groups: 32,
      }) as unknown as AnyNet,
    shape: [32, 32, 3],
  },
  mnist: {
    net: () =>
      unet({
        height: 28,
        width: 28,
        channels: 1,
        base: 32,
        mults: [1, 2, 2],
        blocks: 2,
        attention: [14],
        groups: 8,
      }) as unknown as AnyNet,
    shape: [28, 28, 1],
  },
  mlp: { net: () => mlp({ dim: 2, hidden: 128, depth: 3 }) as unknown as AnyNet, shape: [2] },
};

/** Waits until a tensor is computed, and frees it. */
const finish = async (x: Tensor): Promise<void> => {
  await ops.slice(ops.reshape(x, [x.size]), 0, 1).data();
  x.dispose();
};

const forward = (name: string, batch: number) => (): Work => {
  const { net, shape } = nets[name]!;
  const made = net();
  const denoiser = denoiserOf(made, made.init(key(1)));
  const x = tensorSpace.normal(key(2), ops.zeros([batch, ...shape]), 0);
  return () => finish(denoiser(x, 500));
};

const training = (name: string, batch: number) => (): Work => {
  const { net, shape } = nets[name]!;
  const made = net();
  const loss = diffusionLoss({ schedule: linear({ T: 1000 }), net: made, shape });
  const setup = { loss, optimizer: adam({ rate: 1e-4 }) };
  const step = trainStep(setup, { overwrite: true });
  let state: State<Tree, Tree> = initialState(setup, made.init(key(1)), key(2)) as State<Tree, Tree>;
  const size = batch * shape.reduce((a, b) => a * b, 1);
  const x = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  return async () => {
    const next = await step(state as never, { x, size: batch });
    disposeState(state);
    state = next.state as State<Tree, Tree>;
  };
};

const sampling = (batch: number, S: number) => (): Work => {
  const { net, shape } = nets["mlp"]!;
  const made = net();
  const schedule = linear({ T: 1000 });
  const table = ddim({ eta: 0 })(schedule, linearTau(1000, S));
  const denoiser = denoiserOf(made, made.init(key(1)));
  const xT = tensorSpace.normal(key(2), ops.zeros([batch, ...shape]), 0);
  return async () => finish(await sample({ table, denoiser, xT, space: tensorSpace }));
};

const random = (seed: number, shape: readonly number[]): Tensor =>
  tensorSpace.normal(key(seed), ops.zeros([...shape]), 0);

/** An op on random tensors, as a recorded function of them. */
const op = (shapes: readonly (readonly number[])[], f: (...inputs: Tensor[]) => Tree) => (): Work => {
  const inputs = shapes.map((shape, i) => random(i, shape));
  const run = jit(f as (...inputs: Tensor[]) => Tensor);
  return async () => treeDispose(run(...inputs));
};

type Rank4 = Parameters<typeof ops.conv2d>[1];
const conv = (x: Tensor, w: Tensor): Tensor => ops.conv2d(x as Rank4, w as Rank4, 1, "same");

/** Every case by the name that the peers know it by. */
export const cases: Readonly<Record<string, () => Work>> = {
  cifar_forward_b1: forward("cifar", 1),
  cifar_forward_b8: forward("cifar", 8),
  cifar_train_b8: training("cifar", 8),
  mnist_forward_b64: forward("mnist", 64),
  mnist_train_b64: training("mnist", 64),
  mlp_forward_b1024: forward("mlp", 1024),
  mlp_train_b1024: training("mlp", 1024),
  mlp_ddim50_b1024: sampling(1024, 50),
  gemm_512: op(
    [
      [512, 512],
      [512, 512],
    ],
    (a, b) => ops.matMul(a!, b!),
  ),
  gemm_1024: op(
    [
      [1024, 1024],
      [1024, 1024],
    ],
    (a, b) => ops.matMul(a!, b!),
  ),
  conv3x3_c128_32_b8: op(
    [
      [8, 32, 32, 128],
      [3, 3, 128, 128],
    ],
    (x, w) => conv(x!, w!),
  ),
  conv3x3_grads_c128_32_b8: op(
    [
      [8, 32, 32, 128],
      [3, 3, 128, 128],
      [8, 32, 32, 128],
    ],
    (x, w, dy) =>
      valueAndGrad((p: { x: Tensor; w: Tensor }) => ops.sum(ops.mul(conv(p.x, p.w), dy!)))({ x: x!, w: w! }).grad,
  ),
  groupnorm_silu_c128_32_b8: op([[8, 32, 32, 128], [128], [128]], (x, gamma, beta) =>
    groupNormSilu(x!, gamma!, beta!, { groups: 32 }),
  ),
  attention_n256_c256_b8: op(
    [
      [8, 256, 256],
      [8, 256, 256],
      [8, 256, 256],
    ],
    (q, k, v) => attention(q!, k!, v!, 1 / 16),
  ),
};

/** Floating-point operations of one run, where they are worth a rate. */
export const flops: Readonly<Record<string, number>> = {
  gemm_512: 2 * 512 ** 3,
  gemm_1024: 2 * 1024 ** 3,
  conv3x3_c128_32_b8: 2 * 9 * 8 * 32 * 32 * 128 * 128,
  conv3x3_grads_c128_32_b8: 4 * 9 * 8 * 32 * 32 * 128 * 128,
  attention_n256_c256_b8: 4 * 8 * 256 * 256 * 256,
  cifar_forward_b1: 12.47e9,
  cifar_forward_b8: 99.8e9,
};
