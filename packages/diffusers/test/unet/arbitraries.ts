import fc from "fast-check";

const count = (min: number, max: number) => fc.integer({ min, max });

/** Configurations of small networks as diffusers writes them, whose parts fit together. */
export const unet2dConfigs: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record({ levels: count(1, 3), groups: count(1, 3), heads: fc.constantFrom(null, 1, 2) })
  .chain(({ levels, groups, heads }) => {
    const step = groups * (heads ?? 1);
    const list = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: levels, maxLength: levels });
    return fc.record({
      _class_name: fc.constant("UNet2DModel"),
      _diffusers_version: fc.constant("0.40.0"),
      sample_size: fc.constantFrom(8, [8, 16]),
      in_channels: count(1, 3),
      out_channels: count(1, 4),
      center_input_sample: fc.boolean(),
      time_embedding_type: fc.constant("positional"),
      time_embedding_dim: fc.constantFrom(null, 6),
      freq_shift: fc.constantFrom(0, 0.5),
      flip_sin_to_cos: fc.boolean(),
      down_block_types: list(fc.constantFrom("DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D")),
      mid_block_type: fc.constant("UNetMidBlock2D"),
      up_block_types: list(fc.constantFrom("UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D")),
      block_out_channels: list(count(2, 4).map((n) => n * step)),
      layers_per_block: count(1, 2),
      mid_block_scale_factor: fc.constantFrom(1, 1.5),
      downsample_padding: fc.constantFrom(0, 1),
      downsample_type: fc.constantFrom("conv", "resnet"),
      upsample_type: fc.constantFrom("conv", "resnet"),
      dropout: fc.constant(0),
      act_fn: fc.constantFrom("silu", "swish"),
      attention_head_dim: fc.constant(heads),
      norm_num_groups: fc.constant(groups),
      attn_norm_num_groups: fc.constantFrom(null, 1),
      norm_eps: fc.constantFrom(1e-5, 1e-6),
      resnet_time_scale_shift: fc.constantFrom("default", "scale_shift"),
      add_attention: fc.boolean(),
      class_embed_type: fc.constantFrom(null, "timestep", "identity"),
      num_class_embeds: fc.constantFrom(null, 3),
      num_train_timesteps: fc.constantFrom(null, 1000),
    });
  });
