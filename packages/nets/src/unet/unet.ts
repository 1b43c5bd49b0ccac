import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import { checkInputs } from "../checks.ts";
import { draw } from "../draw.ts";
import { convWithBias } from "../layers/conv.ts";
import { embed } from "../layers/embedding.ts";
import { normSilu } from "../layers/norm.ts";
import type { Net } from "../net.ts";
import type { Parameter } from "../parameter.ts";
import { blockOptions } from "./blocks.ts";
import { type ResolvedUnet, resolveUnet, type UnetConfig } from "./config.ts";
import { down } from "./down.ts";
import { middle } from "./middle.ts";
import { type UnetTree, unetTree } from "./params.ts";
import { fromPatches, toPatches } from "./patch.ts";
import { up } from "./up.ts";

const forward = (
  params: UnetTree<Tensor>,
  config: ResolvedUnet,
  x: Tensor,
  t: Tensor,
  labels: Tensor | undefined,
): Tensor => {
  const { patch, blocks, groups, normEps: eps, levels } = config;
  const emb = embed(params, t, labels, config);
  const centred = config.centred ? ops.sub(ops.mul(x, 2), 1) : x;
  const first = convWithBias(params.conv_in, toPatches(centred, patch));
  const skips = params.down_blocks.reduce<readonly Tensor[]>(
    (made, block, i) => [...made, ...down(block, made.at(-1)!, emb, blockOptions(config, levels[i]!))],
    [first],
  );
  const centre = middle(params.mid_block, skips.at(-1)!, emb, config);
  const backwards = skips.toReversed();
  const upwards = levels.toReversed();
  const last = params.up_blocks.reduce((h, block, i) => {
    const own = backwards.slice(i * (blocks + 1), (i + 1) * (blocks + 1));
    return up(block, h, own, emb, blockOptions(config, upwards[i]!));
  }, centre);
  return fromPatches(convWithBias(params.conv_out, normSilu(params.conv_norm_out, last, { groups, eps })), patch);
};

/**
 * The U-Net of Ho et al. on images, x [batch, height, width, channels] to the same shape (or another number of `outputs`):
 * residual blocks with group normalisation, SiLU and the embedding of t added between two 3x3 convolutions, self-attention at
 * chosen resolutions and in the middle, strided convolutions down, repeated pixels and a convolution up, skip connections
 * between. It gives zero at the start. Its variants are those of diffusers' UNet2DModel.
 * @throws RangeError where the configuration does not fit together: what halves and patches does not divide height and
 *   width, groups or heads do not divide the channels, or a height is named that does not occur
 */
export const unet = (config: UnetConfig): Net<UnetTree<Tensor>> => {
  const resolved = resolveUnet(config);
  const dims = [resolved.height, resolved.width, resolved.channels];
  return {
    init: (key) => unetTree(draw(key), resolved),
    apply: (params, x, t, labels) => {
      checkInputs("unet", dims, resolved.takes, x, t, labels);
      return own(() => forward(params, resolved, x, t, labels));
    },
  };
};

/** The shapes and starting values of a U-Net's parameters, without making them. */
export const unetPlan = (config: UnetConfig): UnetTree<Parameter> =>
  unetTree((parameter) => parameter, resolveUnet(config));
