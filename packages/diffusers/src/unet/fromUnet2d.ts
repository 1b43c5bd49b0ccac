import { FormatError } from "@nonmarkov/files";
import { resolveUnet, type UnetConfig } from "@nonmarkov/nets";
import type { Unet2dConfig } from "./unet2dConfig.ts";

/** The size of the images, for configurations that leave it open, or to use a network at another one. */
export type ImageSize = {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
};

const sizeOf = (sample: Unet2dConfig["sample_size"], size: ImageSize | undefined, where: string): ImageSize => {
  if (size !== undefined) return size;
  if (sample === null)
    throw new FormatError({
      where: `${where}: sample_size`,
      what: "must be known",
      found: "null",
      fix: "say the height and width of the images",
    });
  const [height, width] = typeof sample === "number" ? [sample, sample] : sample;
  return { height, width };
};

const labelsOf = ({ class_embed_type, num_class_embeds }: Unet2dConfig): Pick<UnetConfig, "classes" | "labels"> => {
  if (class_embed_type === null) return num_class_embeds === null ? {} : { classes: num_class_embeds };
  return { labels: class_embed_type === "timestep" ? "number" : "vector" };
};

/** What a level's block type says of it. */
const way = (type: string, resample: "conv" | "resnet") => {
  const attends = /^(UNetRes)?Attn/.test(type);
  return { attends, resnet: attends ? resample === "resnet" : /^(UNetRes)?Resnet/.test(type) };
};

/**
 * A UNet2DModel's configuration in our words.
 * @param size of the images; default the configuration's `sample_size`
 * @param where what to call the file in errors
 * @throws FormatError if `sample_size` is null and no size is given, or the fields do not fit together
 */
export const fromUnet2d = (config: Unet2dConfig, size?: ImageSize, where = "config.json"): UnetConfig => {
  const { height, width } = sizeOf(config.sample_size, size, where);
  const channels = config.block_out_channels;
  const fail = (what: string, found: string): never => {
    throw new FormatError({ where, what, found, fix: "mend the file, or copy it anew" });
  };
  for (const name of ["down_block_types", "up_block_types"] as const)
    if (config[name].length !== channels.length)
      fail(
        `${name} must have one entry for each of block_out_channels`,
        `${config[name].length} for ${channels.length}`,
      );

  const heights = channels.map((_, i) => height / 2 ** i);
  const down = config.down_block_types.map((type) => way(type, config.downsample_type));
  const up = config.up_block_types.map((type) => way(type, config.upsample_type)).reverse();
  const scaleShift = config.resnet_time_scale_shift === "scale_shift";
  const unet: UnetConfig = {
    ...{ height, width, channels: config.in_channels, outputs: config.out_channels },
    ...{ base: 1, mults: channels, blocks: config.layers_per_block },
    attention: heights.filter((_, i) => down[i]!.attends),
    attentionUp: heights.filter((_, i) => up[i]!.attends),
    midAttention: config.add_attention,
    ...(config.attention_head_dim === null ? {} : { headWidth: config.attention_head_dim }),
    groups: config.norm_num_groups,
    midGroups: config.attn_norm_num_groups ?? (scaleShift ? 0 : config.norm_num_groups),
    midScale: config.mid_block_scale_factor,
    normEps: config.norm_eps,
    scaleShift,
    ...(config.time_embedding_dim === null ? {} : { embedding: config.time_embedding_dim }),
    cosFirst: config.flip_sin_to_cos,
    frequencyShift: config.freq_shift,
    downPadding: config.downsample_padding === 0 ? "end" : "both",
    resnetDown: heights.slice(0, -1).filter((_, i) => down[i]!.resnet),
    resnetUp: heights.slice(1).filter((_, i) => up[i + 1]!.resnet),
    centred: config.center_input_sample,
    ...labelsOf(config),
  };
  try {
    resolveUnet(unet);
  } catch (error) {
    fail("must fit together", (error as Error).message);
  }
  return unet;
};
