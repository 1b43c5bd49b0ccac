import { numbers } from "../numbers.ts";
import { attr, type BuiltGraph, graphBuilder } from "./graphBuilder.ts";

/** A small U-Net as TensorFlow exports it from Keras: x [n, size, size, channels] float32 and t int32 [n] to eps. */
export const kerasUnet = ({
  size = 8,
  channels = 1,
  width = 8,
  labels = "bhwc,bHWc->bhwHW",
  mix = "bhwHW,bHWc->bhwc",
}: {
  readonly size?: number;
  readonly channels?: number;
  readonly width?: number;
  /** The equations of its attention; Keras writes capital letters. */
  readonly labels?: string;
  readonly mix?: string;
} = {}): BuiltGraph => {
  const g = graphBuilder();
  const x = g.input("image_input", [-1, size, size, channels]);
  const t = g.input("time_input", [-1], "int32");
  let seed = 0;
  const weights = (shape: readonly number[], scale: number): string => {
    const count = shape.reduce((a, b) => a * b, 1);
    return g.constant(
      numbers(count, ++seed).map((v) => v * scale),
      shape,
    );
  };
  const whole = (...values: readonly number[]): string => g.constant(values, [values.length], "int32");
  const one = (value: number): string => g.constant([value], [], "int32");
  const convWindow = (stride: number): object => ({
    strides: attr.ints([1, stride, stride, 1]),
    padding: attr.text("SAME"),
    data_format: attr.text("NHWC"),
    dilations: attr.ints([1, 1, 1, 1]),
    fused_ops: attr.texts(["BiasAdd"]),
    num_args: attr.int(1),
    epsilon: attr.float(0),
  });
  const conv = (h: string, inputs: number, outputs: number, kernel = 3, stride = 1): string =>
    g.node(
      "_FusedConv2D",
      [h, weights([kernel, kernel, inputs, outputs], 1 / Math.sqrt(kernel * kernel * inputs)), weights([outputs], 0.1)],
      convWindow(stride),
    );
  const dense = (h: string, inputs: number, outputs: number): string =>
    g.node("_FusedMatMul", [h, weights([inputs, outputs], 1 / Math.sqrt(inputs)), weights([outputs], 0.1)], {
      transpose_a: attr.bool(false),
      transpose_b: attr.bool(false),
      fused_ops: attr.texts(["BiasAdd"]),
      num_args: attr.int(1),
      epsilon: attr.float(0),
    });
  const swish = (h: string): string => g.node("Mul", [h, g.node("Sigmoid", [h])]);
  const masks = {
    ellipsis_mask: attr.int(0),
    begin_mask: attr.int(0),
    end_mask: attr.int(0),
    new_axis_mask: attr.int(0),
  };
  const batchOf = (h: string): string =>
    g.node("StridedSlice", [g.node("Shape", [h]), whole(0), whole(1), whole(1)], { ...masks, shrink_axis_mask: attr.int(1) }); // prettier-ignore
  const reshape = (h: string, ...shape: readonly number[]): string => {
    const dims = g.node("Pack", [batchOf(h), ...shape.map(one)], { axis: attr.int(0), N: attr.int(1 + shape.length) });
    return g.node("Reshape", [h, dims]);
  };
  const groupNorm = (h: string, side: number, count: number, groups = 4): string => {
    const grouped = reshape(h, side, side, groups, count / groups);
    const axes = whole(1, 2, 4);
    const keep = { keep_dims: attr.bool(true) };
    const mean = g.node("Mean", [grouped, axes], keep);
    const variance = g.node(
      "Mean",
      [g.node("SquaredDifference", [grouped, g.node("StopGradient", [mean])]), axes],
      keep,
    );
    const inverse = g.node("Rsqrt", [g.node("AddV2", [variance, g.constant([1e-5], [])])]);
    const normal = g.node("Mul", [g.node("Sub", [grouped, mean]), inverse]);
    return g.node("AddV2", [
      g.node("Mul", [reshape(normal, side, side, count), weights([count], 1)]),
      weights([count], 0.2),
    ]);
  };
  const attention = (h: string, side: number, count: number): string => {
    const y = groupNorm(h, side, count);
    const [q, k, v] = [0, 1, 2].map(
      () =>
      g.node("BiasAdd", [g.node("Einsum", [y, weights([count, count], 0.4)], { equation: attr.text("bhwc,cd->bhwd"), N: attr.int(2) }), weights([count], 0.1)]), // prettier-ignore
    ) as [string, string, string];
    const scores = g.node("Mul", [
      g.node("Einsum", [q, k], { equation: attr.text(labels), N: attr.int(2) }),
      g.constant([count ** -0.5], []),
    ]);
    const flat = g.node("Softmax", [reshape(scores, side, side, side * side)]);
    const mixed = g.node("Einsum", [reshape(flat, side, side, side, side), v], { equation: attr.text(mix), N: attr.int(2) }); // prettier-ignore
    return g.node("AddV2", [h, mixed]);
  };
  const frequencies = g.constant([1, 0.1, 0.01, 0.001], [1, 4]);
  const column = g.node("StridedSlice", [g.node("Cast", [t], { DstT: attr.type("float32") }), whole(0, 0), whole(0, 0), whole(1, 1)], { ...masks, begin_mask: attr.int(1), end_mask: attr.int(1), new_axis_mask: attr.int(2), shrink_axis_mask: attr.int(0) }); // prettier-ignore
  const angles = g.node("Mul", [column, frequencies]);
  const waves = g.node("ConcatV2", [g.node("Sin", [angles]), g.node("Cos", [angles]), one(-1)], { N: attr.int(2) });
  const emb = dense(swish(dense(waves, 8, 16)), 16, 16);
  const resnet = (h: string, side: number, inputs: number, outputs: number): string => {
    const first = conv(swish(groupNorm(h, side, inputs)), inputs, outputs);
    const perRow = reshape(dense(swish(emb), 16, outputs), 1, 1, outputs);
    const second = conv(swish(groupNorm(g.node("AddV2", [first, perRow]), side, outputs)), outputs, outputs);
    return g.node("AddV2", [second, inputs === outputs ? h : conv(h, inputs, outputs, 1)]);
  };
  const half = size / 2;
  const first = resnet(conv(x, channels, width), size, width, width);
  const below = attention(resnet(conv(first, width, 2 * width, 3, 2), half, 2 * width, 2 * width), half, 2 * width);
  const resized = g.node("ResizeNearestNeighbor", [below, whole(size, size)], {
    align_corners: attr.bool(false),
    half_pixel_centers: attr.bool(true),
  });
  const joined = g.node("ConcatV2", [resized, first, one(-1)], { N: attr.int(2) });
  const last = resnet(joined, size, 3 * width, width);
  return g.build([g.node("Identity", [conv(swish(groupNorm(last, size, width)), width, channels)], {}, "Identity")]);
};
