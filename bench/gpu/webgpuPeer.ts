import { writeFileSync } from "node:fs";
import { ops, type Tensor, tensorSpace, treeDispose } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { denoiserOf, unet, type UnetConfig } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { ddim, sample } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { adam, diffusionLoss, disposeState, initialState, trainStep } from "@nonmarkov/train";
import { type Spread, spread } from "../spread.ts";

/**
 * The CIFAR-10 U-Net of Ho et al. on WebGPU: evaluations, 50 steps of DDIM and training steps, in milliseconds, and what the
 * adapter offers. Arguments: the file for the results, and "tiny" for a small network that tries the script out. It is bundled
 * into one file (bench/bundle), so it takes no other packages at run time than `webgpu`.
 */
const [out = "webgpu.json", size = "cifar"] = process.argv.slice(2);
const tiny = size === "tiny";
const config: UnetConfig = tiny
  ? { height: 8, width: 8, channels: 3, base: 8, mults: [1, 2], attention: [4], groups: 4 }
  : { height: 32, width: 32, channels: 3, base: 128, mults: [1, 2, 2, 2], blocks: 2, attention: [16], groups: 32 };
const net = unet(config);
const shape = [config.height, config.width, config.channels];

type Row = (Spread & { readonly warmUp: number }) | { readonly error: string };
const rows: Record<string, Row> = {};

/** Waits until a tensor is computed, and frees it. */
const finish = async (x: Tensor): Promise<void> => {
  const first = ops.slice(ops.reshape(x, [x.size]), 0, 1);
  await first.data();
  first.dispose();
  x.dispose();
};

const seconds = 6;
const most = 20;

const time = async (name: string, work: () => Promise<void>): Promise<void> => {
  try {
    const begin = performance.now();
    for (let i = 0; i < 2; i++) await work();
    const warmUp = performance.now() - begin;
    const ms: number[] = [];
    for (
      const from = performance.now();
      ms.length < 3 || (ms.length < most && performance.now() - from < 1e3 * seconds);
    ) {
      const before = performance.now();
      await work();
      ms.push(performance.now() - before);
    }
    rows[name] = { ...spread(ms), warmUp };
  } catch (error) {
    rows[name] = { error: error instanceof Error ? error.message : String(error) };
  }
  console.log(name, JSON.stringify(rows[name]));
};

const { why } = await start({ backend: "webgpu" });
const adapter = (await (globalThis.navigator as unknown as { gpu: GPU }).gpu.requestAdapter())!;
const names = Object.keys(Object.getPrototypeOf(adapter.limits) as object);
const limits = Object.fromEntries(
  names.map((name) => [name, (adapter.limits as unknown as Record<string, number>)[name]]),
);

for (const batch of tiny ? [1] : [1, 16, 64, 256]) {
  const params = net.init(key(1));
  const denoiser = denoiserOf(net, params);
  const x = tensorSpace.normal(key(2), ops.zeros([batch, ...shape]), 0);
  await time(`forward_b${batch}`, () => finish(denoiser(x, 500)));
  if (batch === 16) {
    const table = ddim()(linear({ T: 1000 }), linearTau(1000, 50));
    await time("ddim50_b16", async () => finish(await sample({ table, denoiser, xT: x, space: tensorSpace })));
  }
  x.dispose();
  treeDispose(params);
}
for (const batch of tiny ? [2] : [16, 128]) {
  const loss = diffusionLoss({ schedule: linear({ T: 1000 }), net, shape });
  const setup = { loss, optimizer: adam({ rate: 1e-4 }) };
  const step = trainStep(setup, { overwrite: true });
  let state = initialState(setup, net.init(key(1)), key(2));
  const x = Float32Array.from({ length: batch * shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
  await time(`train_b${batch}`, async () => {
    const next = await step(state, { x, size: batch });
    disposeState(state);
    state = next.state;
  });
  disposeState(state);
}
const { vendor, architecture, device, description } = adapter.info;
const about = { node: process.versions.node, why, adapter: { vendor, architecture, device, description } };
writeFileSync(out, `${JSON.stringify({ ...about, features: [...adapter.features], limits, rows }, null, 1)}\n`);
process.exit(0);
