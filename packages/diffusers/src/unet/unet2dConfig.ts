/** The blocks on the way down that are supported; each may be written with "UNetRes" before it. */
export type DownBlock = "DownBlock2D" | "AttnDownBlock2D" | "ResnetDownsampleBlock2D";

/** The blocks on the way up that are supported; each may be written with "UNetRes" before it. */
export type UpBlock = "UpBlock2D" | "AttnUpBlock2D" | "ResnetUpsampleBlock2D";

/**
 * The fields of a `config.json` of diffusers' UNet2DModel, in its words and with its defaults, as far as they are supported
 * here.
 */
export type Unet2dConfig = {
  /** Height and width of the images, or one number for both; null leaves them open. */
  readonly sample_size: number | readonly [height: number, width: number] | null;
  /** Channels of the images; 3. */
  readonly in_channels: number;
  /** Channels of the result; 3. */
  readonly out_channels: number;
  /** Whether x is in 0..1 and first mapped to -1..1; false. */
  readonly center_input_sample: boolean;
  /** Sines and cosines. */
  readonly time_embedding_type: "positional";
  /** Width of the embedding of t; four times the first of `block_out_channels`. */
  readonly time_embedding_dim: number | null;
  /** What is taken from the number of frequencies of t in their exponents; 0. */
  readonly freq_shift: number;
  /** Whether t is embedded in cosines first; true. */
  readonly flip_sin_to_cos: boolean;
  /** From the largest resolution to the smallest. */
  readonly down_block_types: readonly (DownBlock | `UNetRes${DownBlock}`)[];
  /** Two residual blocks and attention between them. */
  readonly mid_block_type: "UNetMidBlock2D";
  /** From the smallest resolution to the largest. */
  readonly up_block_types: readonly (UpBlock | `UNetRes${UpBlock}`)[];
  /** Channels, from the largest resolution to the smallest. */
  readonly block_out_channels: readonly number[];
  /** Residual blocks per resolution on the way down; 2. */
  readonly layers_per_block: number;
  /** What the middle divides its results by; 1. */
  readonly mid_block_scale_factor: number;
  /** Zeros on each side where convolutions halve the resolution; 0 puts one below and on the right; 1. */
  readonly downsample_padding: 0 | 1;
  /** How blocks with attention halve the resolution: by a convolution, or a residual block; "conv". */
  readonly downsample_type: "conv" | "resnet";
  /** How blocks with attention double the resolution; "conv". */
  readonly upsample_type: "conv" | "resnet";
  /** None. */
  readonly dropout: 0;
  /** Two names of one function. */
  readonly act_fn: "silu" | "swish";
  /** Channels of one attention head; null is one head as wide as the block; 8. */
  readonly attention_head_dim: number | null;
  /** Groups of the normalisations; 32. */
  readonly norm_num_groups: number;
  /** Groups of the normalisation in the middle's attention; those of the others, or with scale and shift none of it. */
  readonly attn_norm_num_groups: number | null;
  /** Added to the variance by the normalisations; 1e-5. */
  readonly norm_eps: number;
  /** Whether the embedding of t is added, or scales and shifts; "default", which adds. */
  readonly resnet_time_scale_shift: "default" | "scale_shift";
  /** Attention in the middle; true. */
  readonly add_attention: boolean;
  /** Labels that are embedded as t is, or vectors; null, which is classes where `num_class_embeds` says how many. */
  readonly class_embed_type: "timestep" | "identity" | null;
  /** Number of classes; null for none. */
  readonly num_class_embeds: number | null;
  /** Without meaning for this embedding of t. */
  readonly num_train_timesteps: number | null;
};
