import { ops, type Tensor, type Tree, treeFromEntries } from "@nonmarkov/autodiff";
import { type Safetensors, toFloat32 } from "@nonmarkov/checkpoint";
import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { jit, start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import { labelTensor, unet, type UnetConfig, type UnetTree } from "../../src/index.ts";
import { convWithBias } from "../../src/layers/conv.ts";
import { embed, embedLabels, embedTime } from "../../src/layers/embedding.ts";
import { norm } from "../../src/layers/norm.ts";
import { sinusoidal } from "../../src/layers/sinusoidal.ts";
import { blockOptions } from "../../src/unet/blocks.ts";
import { type ResolvedUnet, resolveUnet } from "../../src/unet/config.ts";
import { down } from "../../src/unet/down.ts";
import { middle } from "../../src/unet/middle.ts";
import { up } from "../../src/unet/up.ts";
/** The reference nets, and their configurations in our words. */
const nets: Readonly<Record<string, UnetConfig>> = {
  unet2d_cifar10_tiny: { height: 16, width: 16, channels: 3, base: 8, mults: [1, 2, 2, 2], blocks: 2, attention: [8], groups: 4 },
  unet2d_celebahq_tiny: { height: 64, width: 32, channels: 3, base: 8, mults: [1, 1, 2, 2, 2.5, 2.5], blocks: 2, attention: [4], groups: 4 },
  unet2d_class_tiny: { height: 12, width: 12, channels: 1, base: 16, mults: [1, 2], attention: [6], headWidth: 8, groups: 4, normEps: 1e-5, classes: 10, downPadding: "both", cosFirst: true, frequencyShift: 0 },
}; // prettier-ignore

type Reference = { readonly shape: readonly number[]; readonly data: readonly number[] };
type Probe = {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly rms: number;
  readonly first: readonly number[];
};
type Case = {
  readonly name: string;
  readonly timestep: number | number[];
  readonly class_labels?: number[];
  readonly output: Reference;
  readonly probes?: Readonly<Record<string, Probe>>;
};
type Io = { readonly sample: Reference; readonly tolerance: { readonly abs: number }; readonly cases: readonly Case[] };

/** PyTorch's [out, in] and OIHW to [in, out] and HWIO; the rows of an embedding stay. */
const turned = (name: string, shape: readonly number[], values: Float32Array): Tensor => {
  const tensor = ops.tensor(values, [...shape], "float32");
  if (name === "class_embedding.weight") return tensor;
  return shape.length === 4 ? ops.transpose(tensor, [2, 3, 1, 0]) : ops.transpose(tensor);
};

const load = <P extends Tree>(like: P, { tensors }: Safetensors): P =>
  treeFromEntries(
    like,
    tensors.map(([name, data]) => [name, turned(name, data.shape, toFloat32(data))] as const),
  );

const inputs = ({ sample }: Io, { timestep, class_labels }: Case) => {
  const times = [timestep].flat();
  return {
    x: ops.transpose(ops.tensor([...sample.data], [...sample.shape], "float32"), [0, 2, 3, 1]),
    t: ops.tensor(times, [times.length], "float32"),
    labels: class_labels && labelTensor(class_labels, 10),
  };
};

const toNchw = (y: Tensor): Tensor => (y.rank === 4 ? ops.transpose(y, [0, 3, 1, 2]) : y);

const expectClose = (got: ArrayLike<number>, want: readonly number[], largest: number, what: string): void => {
  const worst = want.reduce((most, w, i) => Math.max(most, Math.abs(w - got[i]!)), 0);
  expect(worst / largest, what).toBeLessThan(1e-5);
};

/** What the modules of the network give one after the other, under their names. */
const inside = (
  params: UnetTree<Tensor>,
  config: ResolvedUnet,
  { x, t, labels }: ReturnType<typeof inputs>,
): Readonly<Record<string, Tensor>> => {
  const { levels, blocks, groups, normEps: eps } = config;
  const first = convWithBias(params.conv_in, x);
  const emb = embed(params, t, labels, config);
  const skips = [first];
  const probes: Record<string, Tensor> = {
    time_proj: sinusoidal(t, levels[0]!.channels, config),
    time_embedding: embedTime(params.time_embedding, t, config),
    ...(labels && { class_embedding: embedLabels(params, labels, config) }),
    conv_in: first,
  };
  params.down_blocks.forEach((block, i) => {
    skips.push(...down(block, skips.at(-1)!, emb, blockOptions(config, levels[i]!)));
    probes[`down_blocks.${i}`] = skips.at(-1)!;
  });
  let h = (probes.mid_block = middle(params.mid_block, skips.at(-1)!, emb, config));
  params.up_blocks.forEach((block, i) => {
    const own = Array.from({ length: blocks + 1 }, () => skips.pop()!);
    h = probes[`up_blocks.${i}`] = up(block, h, own, emb, blockOptions(config, levels.at(-1 - i)!));
  });
  probes.conv_norm_out = norm(params.conv_norm_out, h, { groups, eps });
  return probes;
};

const rows = (y: Tensor, batch: number): Tensor =>
  y.shape[0] === batch ? y : ops.broadcastTo(y, [batch, ...y.shape.slice(1)]);

const everywhere = (["nonmarkov", "cpu"] as const).flatMap((backend) =>
  Object.entries(nets).map(([name, config]) => [name, backend, config] as const),
);

describe.each(everywhere)("%s on the backend %s", (name, backend, config) => {
  beforeAll(async () => {
    await start({ backend });
  });

  const { missing, load: read } = golden(`${name}/io.json`);
  const weights = fileURLToPath(
    new URL(`../../../../../shared/golden/${name}/diffusion_pytorch_model.safetensors`, import.meta.url),
  );

  test.skipIf(missing !== "")(`is computed as diffusers does, recorded or not${missing}`, async () => {
    const io = read<Io>();
    const net = unet(config);
    const params = load(net.init(key(0)), await readSafetensors(weights));
    const recorded = jit((p: typeof params, x: Tensor, t: Tensor, labels?: Tensor) => net.apply(p, x, t, labels));
    for (const given of io.cases) {
      const { x, t, labels } = inputs(io, given);
      const largest = given.output.data.reduce((most, want) => Math.max(most, Math.abs(want)), 0);
      for (const [how, apply] of Object.entries({ eager: net.apply, recorded }))
        expectClose(
          toNchw(apply(params, x, t, labels)).dataSync(),
          given.output.data,
          largest,
          `${given.name}, ${how}`,
        );
    }
  });

  test.skipIf(missing !== "")(`agrees with diffusers in every module on the way${missing}`, async () => {
    const io = read<Io>();
    const given = io.cases[0]!;
    const params = load(unet(config).init(key(0)), await readSafetensors(weights));
    const got = inside(params, resolveUnet(config), inputs(io, given));
    expect(Object.keys(got).sort()).toEqual(Object.keys(given.probes!).sort());
    for (const [module, probe] of Object.entries(given.probes!)) {
      const y = toNchw(rows(got[module]!, probe.shape[0]!));
      expect(y.shape, module).toEqual(probe.shape);
      const values = y.dataSync<"float32">();
      const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      expectClose(values, probe.first, largest, module);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const rms = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      expectClose([mean, rms], [probe.mean, probe.rms], probe.rms, `${module}, mean and rms`);
    }
  });
});
