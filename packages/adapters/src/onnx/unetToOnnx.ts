import { type Tensor, type Tree, treeEntries } from "@nonmarkov/autodiff";
import {
  type BlockTree,
  type Level,
  resolveUnet,
  type ResolvedUnet,
  type UnetConfig,
  type UnetTree,
} from "@nonmarkov/nets";
import type { Layout } from "../layout.ts";
import { attention } from "./attention.ts";
import { embed } from "./embedding.ts";
import { onnxGraph, type Port } from "./graph.ts";
import { conv, double, type Features, normSilu, type Weight, type Writer } from "./layers.ts";
import { resnet, type ResnetOptions } from "./resnet.ts";

/** How {@link unetToOnnx} writes a network. */
export type UnetToOnnxOptions = {
  /** The order of the axes of x and the prediction: like the network's own, or as is usual in ONNX files; default "NHWC". */
  readonly layout?: Layout;
};

const optionsOf = ({ groups, normEps: eps, scaleShift }: ResolvedUnet): ResnetOptions => ({ groups, eps, scaleShift });

const stage = (
  writer: Writer,
  { resnets, attentions }: BlockTree<Tensor>,
  i: number,
  x: Features,
  emb: string,
  config: ResolvedUnet,
  { heads }: Level,
): Features => {
  const options = optionsOf(config);
  const h = resnet(writer, resnets[i]!, x, emb, options);
  return attentions === undefined ? h : attention(writer, attentions[i]!, h, { ...options, heads });
};

const down = (writer: Writer, params: UnetTree<Tensor>, first: Features, emb: string, config: ResolvedUnet) => {
  const skips = [first];
  params.down_blocks.forEach((block, level) => {
    block.resnets.forEach((_, i) =>
      skips.push(stage(writer, block, i, skips.at(-1)!, emb, config, config.levels[level]!)),
    );
    for (const sampler of block.downsamplers ?? [])
      skips.push(
        "conv" in sampler
          ? conv(writer, sampler.conv, skips.at(-1)!, config.downPadding)
          : resnet(writer, sampler, skips.at(-1)!, emb, { ...optionsOf(config), resize: "halve" }),
      );
  });
  return skips;
};

const middle = (writer: Writer, { mid_block }: UnetTree<Tensor>, x: Features, emb: string, config: ResolvedUnet) => {
  const { resnets, attentions } = mid_block;
  const { midScale: scale, midGroups, normEps: eps, levels } = config;
  const options = { ...optionsOf(config), scale };
  const h = resnet(writer, resnets[0], x, emb, options);
  const { heads } = levels.at(-1)!;
  const attended =
    attentions === undefined ? h : attention(writer, attentions[0], h, { groups: midGroups, eps, heads, scale });
  return resnet(writer, resnets[1], attended, emb, options);
};

const up = (
  writer: Writer,
  params: UnetTree<Tensor>,
  centre: Features,
  skips: readonly Features[],
  emb: string,
  config: ResolvedUnet,
): Features => {
  const { graph } = writer;
  const upwards = config.levels.toReversed();
  const left = [...skips];
  return params.up_blocks.reduce((x, block, level) => {
    const h = block.resnets.reduce((h, _, i) => {
      const skip = left.pop()!;
      const joined = {
        ...h,
        name: graph.node("Concat", [h.name, skip.name], { axis: 1 }),
        channels: h.channels + skip.channels,
      };
      return stage(writer, block, i, joined, emb, config, upwards[level]!);
    }, x);
    return (block.upsamplers ?? []).reduce(
      (h, sampler) =>
        "conv" in sampler
          ? conv(writer, sampler.conv, double(writer, h))
          : resnet(writer, sampler, h, emb, { ...optionsOf(config), resize: "double" }),
      h,
    );
  }, centre);
};

/** Moves the axes of images of this many channels; with one channel no number moves. */
const moved = (
  { graph }: Writer,
  x: string,
  perm: readonly number[],
  channels: number,
  shape: readonly number[],
): string =>
  channels === 1 ? graph.node("Reshape", [x, graph.integers(shape)]) : graph.node("Transpose", [x], { perm });

/** The image as features: axes, range and patches. */
const entered = (writer: Writer, x: string, layout: Layout, config: ResolvedUnet): Features => {
  const { graph } = writer;
  const { channels, height, width, patch, centred, patchChannels } = config;
  const images = layout === "NCHW" ? x : moved(writer, x, [0, 3, 1, 2], channels, [-1, channels, height, width]);
  const ranged = centred
    ? graph.node("Sub", [graph.node("Mul", [images, graph.floats([], [2])]), graph.floats([], [1])])
    : images;
  const name = patch === 1 ? ranged : graph.node("SpaceToDepth", [ranged], { blocksize: patch });
  return { name, channels: patchChannels, height: height / patch, width: width / patch };
};

/** And back. */
const leaving = (
  writer: Writer,
  y: Features,
  layout: Layout,
  { outputs, height, width, patch }: ResolvedUnet,
): string => {
  const images = patch === 1 ? y.name : writer.graph.node("DepthToSpace", [y.name], { blocksize: patch, mode: "DCR" });
  return layout === "NCHW" ? images : moved(writer, images, [0, 2, 3, 1], outputs, [-1, height, width, outputs]);
};

const labelsPort = ({ takes }: ResolvedUnet): Port | undefined => {
  switch (takes.kind) {
    case "none":
      return undefined;
    case "class":
      return { name: "labels", dtype: "int64", shape: ["batch"] };
    case "number":
      return { name: "labels", dtype: "float32", shape: ["batch"] };
    case "vector":
      return { name: "labels", dtype: "float32", shape: ["batch", takes.width] };
  }
};

/** Reads all parameters. */
const read = async (params: UnetTree<Tensor>): Promise<ReadonlyMap<Tensor, Weight>> =>
  new Map(
    await Promise.all(
      treeEntries(params as unknown as Tree).map(
        async ([name, tensor]) =>
          [tensor, { name, shape: tensor.shape, data: Float32Array.from(await tensor.data()) }] as const,
      ),
    ),
  );

/**
 * Writes a U-Net with its parameters as an ONNX file (opset 17, float32), which computes what `unet(config).apply` does:
 * inputs x [batch, height, width, channels] (or NCHW), t [batch] or [1], float32, the schedule's index in 1..T, and, where the
 * network takes them, labels: int64 [batch] with -1 for no class, or float32; output `prediction`, like x. The batch may have
 * any length. Parameters keep the names of the tree. To sample with it, `time: { base: 1 }`.
 * @param params borrowed
 * @throws RangeError where the configuration does not fit together
 */
export const unetToOnnx = async (
  config: UnetConfig,
  params: UnetTree<Tensor>,
  { layout = "NHWC" }: UnetToOnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> => {
  const resolved = resolveUnet(config);
  const weights = await read(params);
  const writer: Writer = { graph: onnxGraph(), of: (parameter) => weights.get(parameter)! };
  const labels = labelsPort(resolved);
  const emb = embed(writer, params, "t", labels?.name, resolved);
  const skips = down(
    writer,
    params,
    conv(writer, params.conv_in, entered(writer, "x", layout, resolved)),
    emb,
    resolved,
  );
  const last = up(writer, params, middle(writer, params, skips.at(-1)!, emb, resolved), skips, emb, resolved);
  const normal = normSilu(writer, params.conv_norm_out, last, resolved.groups, resolved.normEps);
  const prediction = leaving(writer, conv(writer, params.conv_out, normal), layout, resolved);
  const { height, width, channels, outputs } = resolved;
  const images = (n: number): readonly (number | string)[] =>
    layout === "NHWC" ? ["batch", height, width, n] : ["batch", n, height, width];
  const inputs: readonly Port[] = [
    { name: "x", dtype: "float32", shape: images(channels) },
    { name: "t", dtype: "float32", shape: ["times"] },
    ...(labels === undefined ? [] : [labels]),
  ];
  const port: Port = { name: "prediction", dtype: "float32", shape: images(outputs) };
  return writer.graph.file("unet", inputs, prediction, port);
};
