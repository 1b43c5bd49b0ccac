import { FormatError } from "@nonmarkov/files";
import { resolveUnet, type UnetConfig, unetPlan } from "@nonmarkov/nets";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromUnet2d, parseUnet2dConfig, toUnet2d } from "../../src/index.ts";
import { unet2dConfigs } from "./arbitraries.ts";

/** All that the network's numbers depend on. */
const meaning = (config: UnetConfig) => {
  const { levels, takes, embedding, ...rest } = resolveUnet(config);
  const { channels, outputs, blocks, groups, midScale, normEps, scaleShift, cosFirst, frequencyShift, downPadding, centred } = rest; // prettier-ignore
  const midGroups = rest.midAttention ? rest.midGroups : "none";
  return {
    ...{ levels, takes, embedding, channels, outputs, blocks, groups, midGroups, midScale, normEps, scaleShift },
    ...{ cosFirst, frequencyShift, downPadding, centred, plan: unetPlan(config) },
  };
};

const small = { _class_name: "UNet2DModel", sample_size: 8, block_out_channels: [4, 8], norm_num_groups: 2, attention_head_dim: 2, down_block_types: ["DownBlock2D", "AttnDownBlock2D"], up_block_types: ["AttnUpBlock2D", "UpBlock2D"] }; // prettier-ignore

test("a configuration in our words and back in diffusers' means the same", () => {
  fc.assert(
    fc.property(unet2dConfigs, (json) => {
      const config = fromUnet2d(parseUnet2dConfig(json));
      const back = toUnet2d(config);
      expect(meaning(fromUnet2d(parseUnet2dConfig({ _class_name: "UNet2DModel", ...back })))).toEqual(meaning(config));
      expect(toUnet2d(fromUnet2d(back))).toEqual(back);
    }),
  );
});

test("fields that are missing are diffusers' defaults", () => {
  const config = fromUnet2d(parseUnet2dConfig({ _class_name: "UNet2DModel" }), { height: 16, width: 8 });
  expect(resolveUnet(config)).toMatchObject({
    ...{ height: 16, width: 8, channels: 3, outputs: 3, mults: [224, 448, 672, 896], blocks: 2 },
    ...{ attention: [8, 4, 2], attentionUp: [8, 4, 2], headWidth: 8, groups: 32, normEps: 1e-5 },
    ...{ cosFirst: true, frequencyShift: 0, downPadding: "both", embedding: 896, takes: { kind: "none" } },
  });
});

test("attention and residual resizing are where diffusers has them: not in plain blocks, and not at the last level", () => {
  const config = fromUnet2d(
    parseUnet2dConfig({
      ...{ ...small, downsample_type: "resnet", upsample_type: "resnet", block_out_channels: [4, 4, 4] },
      down_block_types: ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"],
      up_block_types: ["UpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D"],
    }),
  );
  expect(config).toMatchObject({ attention: [4, 2], attentionUp: [8, 4], resnetDown: [4], resnetUp: [4] });
});

describe("a description is refused", () => {
  test.each<[string, object, RegExp]>([
    ["of another class", { _class_name: "UNet2DConditionModel" }, /must describe a network of the class "UNet2DModel", got "UNet2DCond/],
    ["with an embedding that is not computed here", { time_embedding_type: "fourier" }, /time_embedding_type: must be "positional" here, got "fourier"/],
    ["with an unknown field", { reversed: true }, /"reversed"/],
    ["with other blocks", { down_block_types: ["SkipDownBlock2D", "DownBlock2D"] }, /down_block_types.0: must be "DownBlock2D" or .* got "SkipDownBlock2D"/],
    ["without a middle", { mid_block_type: null }, /mid_block_type: must be "UNetMidBlock2D" here, got null/],
    ["with dropout", { dropout: 0.1 }, /dropout: must be 0: there is no dropout here, got 0.1/],
    ["with another activation", { act_fn: "gelu" }, /act_fn: must be "silu" or "swish" here, got "gelu"/],
    ["with spatial normalisation", { resnet_time_scale_shift: "spatial" }, /resnet_time_scale_shift: must be "default" or "scale_shift"/],
    ["with labels of another kind", { class_embed_type: "projection" }, /class_embed_type: must be null or "timestep" or "identity"/],
    ["without groups", { norm_num_groups: null }, /norm_num_groups/],
    ["with wide padding", { downsample_padding: 2 }, /downsample_padding: must be 0 or 1 here, got 2/],
    ["with more layers than can be", { layers_per_block: 1e9 }, /layers_per_block/],
    ["whose lists differ in length", { up_block_types: ["UpBlock2D"] }, /up_block_types must have one entry for each of block_out_channels, got 1 for 2/],
    ["of no size", { sample_size: null }, /sample_size: must be known, got null; say the height and width/],
    ["whose heads do not divide its channels", { attention_head_dim: 3 }, /must fit together, got unet: headWidth must divide/],
    ["whose size cannot be halved", { sample_size: 7 }, /must fit together, got unet: height must be divisible by 2/],
  ])("%s", (_, change, message) => {
    const read = () => fromUnet2d(parseUnet2dConfig({ ...small, ...change }, "some/config.json"), undefined, "some/config.json");
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^some\/config.json/);
  }); // prettier-ignore

  test("that is no object, or one that cannot be shown", () => {
    let deep: unknown = 0;
    for (let i = 0; i < 1e5; i++) deep = [deep];
    for (const value of [null, [], 3, "x", {}, { _class_name: deep }, { ...small, act_fn: deep }])
      expect(() => parseUnet2dConfig(value)).toThrow(FormatError);
  });
});

const ours: UnetConfig = { height: 8, width: 8, channels: 1, base: 4, mults: [1, 2, 2], groups: 2, attention: [8, 4] };

test("a network of ours is described so that it can be read back", () => {
  for (const config of [ours, { ...ours, heads: 2, attention: [4] }, { ...ours, resnetDown: [4], attention: [8] }])
    expect(meaning(fromUnet2d(toUnet2d(config)))).toEqual(meaning(config));
});

test.each<[string, UnetConfig, RegExp]>([
  ["patches", { ...ours, patch: 2, attention: [4] }, /knows no patches, got patch 2/],
  ["heads of several widths", { ...ours, heads: 2 }, /one attention_head_dim for all levels with attention, got 2, 4/],
  [
    "two ways to halve",
    { ...ours, resnetDown: [4] },
    /one downsample_type for all levels with attention, got conv, resnet/,
  ],
  ["an attention that is not normalised", { ...ours, midGroups: 0 }, /normalises before the attention in the middle/],
])("a network that diffusers has no words for is not described: %s", (_, config, message) => {
  expect(() => toUnet2d(config)).toThrow(RangeError);
  expect(() => toUnet2d(config)).toThrow(message);
});
