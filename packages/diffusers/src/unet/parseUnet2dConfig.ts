import { FormatError } from "@nonmarkov/files";
import { z } from "zod";
import { cut, shown } from "./shown.ts";
import type { DownBlock, Unet2dConfig, UpBlock } from "./unet2dConfig.ts";

/** One of a few values; the error names them and what came. */
const choice = <const T extends string | number | null>(...values: readonly [T, ...T[]]) =>
  z.custom<T>((value) => values.includes(value as T), {
    error: ({ input }) => `must be ${values.map(shown).join(" or ")} here, got ${shown(input)}`,
  });

/** A list of blocks, each with or without the prefix of older versions. */
const blocks = <const T extends DownBlock | UpBlock>(first: T, ...others: readonly T[]) => {
  const prefixed = [first, ...others].map((name): `UNetRes${T}` => `UNetRes${name}`);
  return z.array(choice<T | `UNetRes${T}`>(first, ...others, ...prefixed)).min(1);
};

/** More than any network has; what follows from the configuration is made before the weights are looked at. */
const MOST_LAYERS = 256;

const count = z.int().min(1);
const positive = z.number().positive();
const off = z.literal(0, {
  error: ({ input }) =>
    `must be 0: there is no dropout here, got ${shown(input)}; it acts in training only, so a network that is not ` +
    `trained further is the same with 0`,
});

/** What diffusers takes where a field is missing is the default. */
const schema = z.strictObject({
  sample_size: z.union([count, z.tuple([count, count])]).nullable().default(null),
  in_channels: count.default(3),
  out_channels: count.default(3),
  center_input_sample: z.boolean().default(false),
  time_embedding_type: choice("positional").default("positional"),
  time_embedding_dim: count.nullable().default(null),
  freq_shift: z.number().default(0),
  flip_sin_to_cos: z.boolean().default(true),
  down_block_types: blocks("DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D").default(["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]),
  mid_block_type: choice("UNetMidBlock2D").default("UNetMidBlock2D"),
  up_block_types: blocks("UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D").default(["AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"]),
  block_out_channels: z.array(count).min(1).default([224, 448, 672, 896]),
  layers_per_block: count.max(MOST_LAYERS).default(2),
  mid_block_scale_factor: positive.default(1),
  downsample_padding: choice(0, 1).default(1),
  downsample_type: choice("conv", "resnet").default("conv"),
  upsample_type: choice("conv", "resnet").default("conv"),
  dropout: off.default(0),
  act_fn: choice("silu", "swish").default("silu"),
  attention_head_dim: count.nullable().default(8),
  norm_num_groups: count.default(32),
  attn_norm_num_groups: count.nullable().default(null),
  norm_eps: positive.default(1e-5),
  resnet_time_scale_shift: choice("default", "scale_shift").default("default"),
  add_attention: z.boolean().default(true),
  class_embed_type: choice(null, "timestep", "identity").default(null),
  num_class_embeds: count.nullable().default(null),
  num_train_timesteps: count.nullable().default(null),
}) satisfies z.ZodType<Unet2dConfig>; // prettier-ignore

const issues = (error: z.ZodError): string =>
  error.issues
    .slice(0, 10)
    .map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}`)
    .join("; ");

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Checks a parsed `config.json` of diffusers' UNet2DModel; fields that are missing get diffusers' defaults, and those that
 * begin with "_" are diffusers' own notes.
 * @param where what to call the file in errors
 * @throws FormatError if it is of another class, or naming the fields that are wrong, unknown or not supported
 */
export const parseUnet2dConfig = (value: unknown, where: string = "config.json"): Unet2dConfig => {
  const className = isObject(value) ? value._class_name : undefined;
  if (!isObject(value) || className !== "UNet2DModel")
    throw new FormatError({
      where,
      what: 'must describe a network of the class "UNet2DModel"',
      found: shown(isObject(value) ? className : value),
      fix: "other networks cannot be read",
    });
  const fields = Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("_")));
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  throw new FormatError(
    {
      where,
      what: "must have fields that are known and supported",
      found: cut(issues(result.error), 2000),
      fix: "networks with other options cannot be read",
    },
    { cause: result.error },
  );
};
