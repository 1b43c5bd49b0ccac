import type { Tensor } from "@nonmarkov/autodiff";
import type { Linear, ResnetTree } from "@nonmarkov/nets";
import { conv, double, type Features, halve, linear, norm, normSilu, silu, type Writer } from "./layers.ts";

/** How a residual block is computed. */
export type ResnetOptions = {
  readonly groups: number;
  readonly eps: number;
  readonly scaleShift: boolean;
  readonly scale?: number;
  readonly resize?: "double" | "halve";
};

const resizers = { double, halve };

/** The embedding as [n, channels, 1, 1]. */
const overPixels = ({ graph }: Writer, rows: string, channels: number): string =>
  graph.node("Reshape", [rows, graph.integers([-1, channels, 1, 1])]);

/** Half of a linear layer's outputs, and a number that is added to them. */
const halfOf = (writer: Writer, layer: Linear<Tensor>, emb: string, half: 0 | 1, plus: number): string => {
  const [weight, bias] = [writer.of(layer.weight), writer.of(layer.bias)];
  const [inputs, outputs] = weight.shape as [number, number];
  const [width, from] = [outputs / 2, (half * outputs) / 2];
  const rows = new Float32Array(inputs * width);
  for (let i = 0; i < inputs; i++)
    rows.set(weight.data.subarray(i * outputs + from, i * outputs + from + width), i * width);
  const shift = bias.data.slice(from, from + width).map((value) => value + plus);
  const name = (of: string): string => `${of}.${half}`;
  return writer.graph.node("Gemm", [
    emb,
    writer.graph.weight(name(weight.name), [inputs, width], rows),
    writer.graph.weight(name(bias.name), [width], shift),
  ]);
};

/** The first convolution's result with the embedding in it, normalised and through SiLU. */
const conditioned = (
  writer: Writer,
  { time_emb_proj, norm2 }: ResnetTree<Tensor>,
  h: Features,
  emb: string,
  { groups, eps, scaleShift }: ResnetOptions,
): Features => {
  const { graph } = writer;
  if (!scaleShift) {
    const perRow = overPixels(writer, linear(writer, time_emb_proj, emb), h.channels);
    return normSilu(writer, norm2, { ...h, name: graph.node("Add", [h.name, perRow]) }, groups, eps);
  }
  const scale = overPixels(writer, halfOf(writer, time_emb_proj, emb, 0, 1), h.channels);
  const shift = overPixels(writer, halfOf(writer, time_emb_proj, emb, 1, 0), h.channels);
  const scaled = graph.node("Mul", [norm(writer, norm2, h, groups, eps).name, scale]);
  return { ...h, name: silu(writer, graph.node("Add", [scaled, shift])) };
};

/** A residual block; `emb` is silu(emb). */
export const resnet = (
  writer: Writer,
  params: ResnetTree<Tensor>,
  x: Features,
  emb: string,
  options: ResnetOptions,
): Features => {
  const { graph } = writer;
  const { groups, eps, scale = 1, resize } = options;
  const resized = (y: Features): Features => (resize === undefined ? y : resizers[resize](writer, y));
  const h = conv(writer, params.conv1, resized(normSilu(writer, params.norm1, x, groups, eps)));
  const y = conv(writer, params.conv2, conditioned(writer, params, h, emb, options));
  const straight = resized(x);
  const shortcut = params.conv_shortcut === undefined ? straight : conv(writer, params.conv_shortcut, straight);
  const sum = graph.node("Add", [y.name, shortcut.name]);
  return { ...y, name: scale === 1 ? sum : graph.node("Div", [sum, graph.floats([], [scale])]) };
};
