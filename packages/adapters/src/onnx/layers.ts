import type { Tensor } from "@nonmarkov/autodiff";
import type { Conv, Linear, Norm } from "@nonmarkov/nets";
import type { OnnxGraph } from "./graph.ts";

/** A parameter that was read: its name in the tree, its shape there, its numbers. */
export type Weight = { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array };

/** What layers are written with. */
export type Writer = { readonly graph: OnnxGraph; readonly of: (parameter: Tensor) => Weight };

/** Feature maps [batch, channels, height, width], of which all but the batch is known. */
export type Features = {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
};

const bias = ({ graph, of }: Writer, parameter: Tensor): string => {
  const { name, shape, data } = of(parameter);
  return graph.weight(name, shape, data);
};

/** [height, width, inputs, outputs] to [outputs, inputs, height, width]. */
const outputsFirst = ({ shape, data }: Weight): Float32Array => {
  const [h, w, inputs, outputs] = shape as [number, number, number, number];
  const moved = new Float32Array(data.length);
  let to = 0;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let at = 0; at < h * w; at++) moved[to++] = data[(at * inputs + i) * outputs + o]!;
  return moved;
};

/** A convolution; `halve` where it halves, with zeros below and on the right, or on all sides. */
export const conv = (writer: Writer, parameters: Conv<Tensor>, x: Features, halve?: "end" | "both"): Features => {
  const weight = writer.of(parameters.weight);
  const [h, w, inputs, outputs] = weight.shape as [number, number, number, number];
  const stride = halve === undefined ? 1 : 2;
  const [top, left] = halve === "end" ? [0, 0] : [(h - 1) / 2, (w - 1) / 2];
  const kernel = writer.graph.weight(weight.name, [outputs, inputs, h, w], outputsFirst(weight));
  const name = writer.graph.node("Conv", [x.name, kernel, bias(writer, parameters.bias)], {
    kernel_shape: [h, w],
    strides: [stride, stride],
    pads: [
      top,
      left,
      (h - 1) / 2 + (halve === "end" ? (h - 1) / 2 : 0),
      (w - 1) / 2 + (halve === "end" ? (w - 1) / 2 : 0),
    ],
  });
  return { name, channels: outputs, height: x.height / stride, width: x.width / stride };
};

/** x · sigmoid(x) */
export const silu = ({ graph }: Writer, x: string): string => graph.node("Mul", [x, graph.node("Sigmoid", [x])]);

/** Groups normalised as instances of one channel each, then scaled and shifted per channel. */
export const norm = (
  { graph, of }: Writer,
  { weight, bias: shift }: Norm<Tensor>,
  x: Features,
  groups: number,
  eps: number,
): Features => {
  const ones = graph.floats([groups], new Array<number>(groups).fill(1));
  const zeros = graph.floats([groups], new Array<number>(groups).fill(0));
  const split = graph.node("Reshape", [x.name, graph.integers([0, groups, -1])]);
  const normal = graph.node("InstanceNormalization", [split, ones, zeros], { epsilon: { float: eps } });
  const joined = graph.node("Reshape", [normal, graph.integers([0, x.channels, x.height, x.width])]);
  const perChannel = (parameter: Tensor): string => {
    const { name, data } = of(parameter);
    return graph.weight(name, [x.channels, 1, 1], data);
  };
  const scaled = graph.node("Mul", [joined, perChannel(weight)]);
  return { ...x, name: graph.node("Add", [scaled, perChannel(shift)]) };
};

/** The same through SiLU. */
export const normSilu = (
  writer: Writer,
  parameters: Norm<Tensor>,
  x: Features,
  groups: number,
  eps: number,
): Features => ({ ...x, name: silu(writer, norm(writer, parameters, x, groups, eps).name) });

/** x [n, inputs] to [n, outputs] */
export const linear = (writer: Writer, { weight, bias: shift }: Linear<Tensor>, x: string): string =>
  writer.graph.node("Gemm", [x, bias(writer, weight), bias(writer, shift)]);

/** x [batch, n, inputs] to [batch, n, outputs] */
export const linearOfRows = (writer: Writer, { weight, bias: shift }: Linear<Tensor>, x: string): string =>
  writer.graph.node("Add", [writer.graph.node("MatMul", [x, bias(writer, weight)]), bias(writer, shift)]);

/** Half the height and width, averaged. */
export const halve = ({ graph }: Writer, x: Features): Features => ({
  name: graph.node("AveragePool", [x.name], { kernel_shape: [2, 2], strides: [2, 2] }),
  channels: x.channels,
  height: x.height / 2,
  width: x.width / 2,
});

/** Twice the height and width, repeated. */
export const double = ({ graph }: Writer, x: Features): Features => ({
  name: graph.node("Resize", [x.name, "", graph.floats([4], [1, 1, 2, 2])], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  }),
  channels: x.channels,
  height: 2 * x.height,
  width: 2 * x.width,
});
