import { type Level, resolveUnet, type ResolvedUnet, type UnetConfig, type Way } from "@nonmarkov/nets";
import type { DownBlock, Unet2dConfig, UpBlock } from "./unet2dConfig.ts";

const where = "toUnet2d";

/** The one value of all, or undefined for none. */
const common = <T>(values: readonly T[], what: string): T | undefined => {
  const different = new Set(values);
  if (different.size > 1)
    throw new RangeError(
      `${where}: diffusers has one ${what} for all levels with attention, got ${[...different].join(", ")}; ` +
        `such a network cannot be saved`,
    );
  return values[0];
};

const headDim = ({ headWidth, heads, levels, midAttention }: ResolvedUnet): number | null => {
  if (headWidth !== undefined) return headWidth;
  if (heads === 1) return null;
  const attending = levels.filter(
    ({ down, up }, i) => down.attention || up.attention || (midAttention && i === levels.length - 1),
  );
  const width = common(
    attending.map(({ channels }) => channels / heads),
    "attention_head_dim",
  );
  return width ?? null;
};

const midGroups = ({ midAttention, midGroups, groups, scaleShift }: ResolvedUnet): number | null => {
  if (!midAttention || midGroups === (scaleShift ? 0 : groups)) return null;
  if (midGroups > 0) return midGroups;
  throw new RangeError(
    `${where}: diffusers normalises before the attention in the middle unless there is scaleShift, got midGroups 0; ` +
      `such a network cannot be saved`,
  );
};

const downBlock = ({ attention, resnet }: Way): DownBlock => {
  if (attention) return "AttnDownBlock2D";
  return resnet ? "ResnetDownsampleBlock2D" : "DownBlock2D";
};

const upBlock = ({ attention, resnet }: Way): UpBlock => {
  if (attention) return "AttnUpBlock2D";
  return resnet ? "ResnetUpsampleBlock2D" : "UpBlock2D";
};

/** How the levels with attention are resized; one word for all of them. */
const resampling = (way: "down" | "up", changing: readonly Level[]): "conv" | "resnet" =>
  common(
    changing.filter((level) => level[way].attention).map((level) => (level[way].resnet ? "resnet" : "conv")),
    `${way}sample_type`,
  ) ?? "conv";

const classEmbedding = ({ takes }: ResolvedUnet): Pick<Unet2dConfig, "class_embed_type" | "num_class_embeds"> => {
  switch (takes.kind) {
    case "none":
      return { class_embed_type: null, num_class_embeds: null };
    case "class":
      return { class_embed_type: null, num_class_embeds: takes.classes };
    case "number":
      return { class_embed_type: "timestep", num_class_embeds: null };
    case "vector":
      return { class_embed_type: "identity", num_class_embeds: null };
  }
};

/**
 * A U-Net's configuration in diffusers' words.
 * @throws RangeError where it does not fit together, or diffusers' UNet2DModel has no words for it: patches, numbers of heads
 *   that are no one width, residual blocks that resize at some of the levels with attention only
 */
export const toUnet2d = (config: UnetConfig): Unet2dConfig => {
  const unet = resolveUnet(config);
  const { height, width, channels, patch, levels } = unet;
  if (patch !== 1) throw new RangeError(`${where}: diffusers knows no patches, got patch ${patch}; such a network cannot be saved`); // prettier-ignore
  const [first] = levels;
  return {
    sample_size: height === width ? height : [height, width],
    in_channels: channels,
    out_channels: unet.outputs,
    center_input_sample: unet.centred,
    time_embedding_type: "positional",
    time_embedding_dim: unet.embedding === 4 * first!.channels ? null : unet.embedding,
    freq_shift: unet.frequencyShift,
    flip_sin_to_cos: unet.cosFirst,
    down_block_types: levels.map(({ down }) => downBlock(down)),
    mid_block_type: "UNetMidBlock2D",
    up_block_types: levels.toReversed().map(({ up }) => upBlock(up)),
    block_out_channels: levels.map((level) => level.channels),
    layers_per_block: unet.blocks,
    mid_block_scale_factor: unet.midScale,
    downsample_padding: unet.downPadding === "end" ? 0 : 1,
    downsample_type: resampling("down", levels.slice(0, -1)),
    upsample_type: resampling("up", levels.slice(1)),
    dropout: 0,
    act_fn: "silu",
    attention_head_dim: headDim(unet),
    norm_num_groups: unet.groups,
    attn_norm_num_groups: midGroups(unet),
    norm_eps: unet.normEps,
    resnet_time_scale_shift: unet.scaleShift ? "scale_shift" : "default",
    add_attention: unet.midAttention,
    ...classEmbedding(unet),
    num_train_timesteps: null,
  };
};
