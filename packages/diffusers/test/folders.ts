import { ops, type Tensor } from "@nonmarkov/autodiff";
import { encodeSafetensors, type TensorEntries } from "@nonmarkov/checkpoint";
import { unetPlan } from "@nonmarkov/nets";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromUnet2d, parseUnet2dConfig } from "../src/index.ts";
import { layoutOf, torchShape } from "../src/unet/layout.ts";
import { planEntries } from "../src/unet/planTree.ts";

/** Files by their paths in a folder: texts, bytes, or what becomes JSON. */
export type Files = Readonly<Record<string, string | Uint8Array | object>>;

/** Writes files, and the folders on the way to them. */
export const writeFiles = (folder: string, files: Files): string => {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const plain = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(join(folder, name), plain ? content : JSON.stringify(content));
  }
  return folder;
};

/** A network as small as can be, with attention, as diffusers describes it. */
export const tiny = { _class_name: "UNet2DModel", sample_size: 4, in_channels: 1, out_channels: 1, block_out_channels: [2, 4], norm_num_groups: 1, attention_head_dim: 2, layers_per_block: 1, down_block_types: ["DownBlock2D", "AttnDownBlock2D"], up_block_types: ["AttnUpBlock2D", "UpBlock2D"] }; // prettier-ignore

/** Weights of a network in PyTorch's layout: numbers that all differ, small, and exact in 16 bits. */
export const weightsOf = (config: object = tiny): TensorEntries => {
  let next = 0;
  const unet = fromUnet2d(parseUnet2dConfig(config));
  return planEntries(unetPlan(unet)).map(([name, { shape }]) => {
    const outside = torchShape(layoutOf(name, shape), shape);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => (((next++ * 37) % 255) - 127) / 256);
    return [name, { dtype: "F32", shape: outside, data }] as const;
  });
};

/** The file that diffusers keeps weights in. */
export const WEIGHTS = "diffusion_pytorch_model.safetensors";

/** A network's folder. */
export const networkFiles = (weights: TensorEntries = weightsOf()): Files => ({
  "config.json": tiny,
  [WEIGHTS]: encodeSafetensors(weights, { format: "pt" }),
});

/** An input of the small network. */
export const image = (): Tensor =>
  ops.tensor(
    Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)),
    [1, 4, 4, 1],
  );
