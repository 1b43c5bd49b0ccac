import { ops, type Tensor, type Tree, treeFromEntries } from "@nonmarkov/autodiff";
import { type Safetensors, toFloat32 } from "@nonmarkov/checkpoint";
import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { jit } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import { unet, type UnetConfig } from "../../src/index.ts";
import { backend } from "../backend.ts";

beforeAll(backend);

/** The reference nets whose features ours has, and their configurations in our words. */
const nets: Readonly<Record<string, UnetConfig>> = {
  unet2d_cifar10_tiny: { height: 16, width: 16, channels: 3, base: 8, mults: [1, 2, 2, 2], blocks: 2, attention: [8], groups: 4 },
  unet2d_celebahq_tiny: { height: 64, width: 32, channels: 3, base: 8, mults: [1, 1, 2, 2, 2.5, 2.5], blocks: 2, attention: [4], groups: 4 },
}; // prettier-ignore

type Reference = { readonly shape: [number, number, number, number]; readonly data: readonly number[] };
type Io = {
  readonly sample: Reference;
  readonly tolerance: { readonly abs: number };
  readonly cases: readonly {
    readonly name: string;
    readonly timestep: number | number[];
    readonly output: Reference;
  }[];
};

/** PyTorch's [out, in] and OIHW to [in, out] and HWIO. */
const turned = (shape: readonly number[], values: Float32Array): Tensor => {
  const tensor = ops.tensor(values, [...shape], "float32");
  return shape.length === 4 ? ops.transpose(tensor, [2, 3, 1, 0]) : ops.transpose(tensor);
};

const load = <P extends Tree>(like: P, { tensors }: Safetensors): P =>
  treeFromEntries(
    like,
    [...tensors].map(([name, data]) => [name, turned(data.shape, toFloat32(data))] as const),
  );

describe.each(Object.entries(nets))("%s", (name, config) => {
  const { missing, load: io } = golden(`${name}/io.json`);
  test.skipIf(missing !== "")(`is computed as diffusers does, recorded or not${missing}`, async () => {
    const { sample, cases, tolerance } = io<Io>();
    const weights = fileURLToPath(
      new URL(`../../../../../shared/golden/${name}/diffusion_pytorch_model.safetensors`, import.meta.url),
    );
    const net = unet(config);
    const params = load(net.init(key(0)), await readSafetensors(weights));
    const x = ops.transpose(ops.tensor([...sample.data], sample.shape, "float32"), [0, 2, 3, 1]);
    const recorded = jit((p: typeof params, xt: Tensor, t: Tensor) => net.apply(p, xt, t));
    for (const { timestep, output } of cases) {
      const t = ops.broadcastTo(ops.tensor([timestep].flat(), [[timestep].flat().length], "float32"), [
        sample.shape[0],
      ]);
      const largest = output.data.reduce((most, want) => Math.max(most, Math.abs(want)), 0);
      for (const [how, apply] of Object.entries({ eager: net.apply, recorded })) {
        const y = ops.transpose(apply(params, x, t), [0, 3, 1, 2]).dataSync();
        const worst = output.data.reduce((most, want, i) => Math.max(most, Math.abs(want - y[i]!)), 0);
        expect(worst, how).toBeLessThan(Math.min(tolerance.abs, 1e-5 * largest));
      }
    }
  });
});
