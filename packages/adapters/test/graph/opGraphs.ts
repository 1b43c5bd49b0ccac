import { numbers } from "../numbers.ts";
import { attr, graphBuilder, type BuiltGraph, type GraphBuilder } from "./graphBuilder.ts";

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const tools = (g: GraphBuilder) => ({
  floats: (shape: readonly number[], seed = 1) => g.constant(numbers(size(shape), seed), shape),
  whole: (...values: readonly number[]) => g.constant(values, [values.length], "int32"),
  one: (value: number) => g.constant([value], [], "int32"),
  scalar: (value: number) => g.constant([value], []),
});

/** The attributes of convolutions and poolings. */
const window = (stride: number, padding: string, more: object = {}): object => ({
  strides: attr.ints([1, stride, stride, 1]),
  padding: attr.text(padding),
  data_format: attr.text("NHWC"),
  dilations: attr.ints([1, 1, 1, 1]),
  ...more,
});

const fused = (ops: readonly string[], args: number): object => ({
  fused_ops: attr.texts(ops),
  num_args: attr.int(args),
  epsilon: attr.float(1e-4),
  leakyrelu_alpha: attr.float(0.2),
});

const masks = (masked: Partial<Record<"begin" | "end" | "ellipsis" | "new_axis" | "shrink_axis", number>>): object =>
  Object.fromEntries(
    (["begin", "end", "ellipsis", "new_axis", "shrink_axis"] as const).map((name) => [
      `${name}_mask`,
      attr.int(masked[name] ?? 0),
    ]),
  );

const image: readonly number[] = [2, 6, 4, 3];

/** Graphs of the ops that U-Nets of images are made of when TensorFlow and Keras export them; x is [2, 6, 4, 3]. */
const makers: Readonly<Record<string, (x: string, g: GraphBuilder) => readonly string[]>> = {
  Einsum: (x, g) => {
    const { floats } = tools(g);
    const einsum = (equation: string, ...inputs: string[]): string =>
      g.node("Einsum", inputs, { equation: attr.text(equation), N: attr.int(inputs.length) });
    return [
      einsum("bhwc,cd->bhwd", x, floats([3, 5])),
      einsum("bhwc, bijc->bhwij", x, x),
      einsum("bhwij,bijc->bhwc", einsum("bhwc,bijc->bhwij", x, x), x),
      einsum("abc,cde->abde", floats([2, 5, 4]), floats([4, 2, 3], 2)),
      einsum("aecd,abcd->acbe", floats([2, 5, 2, 3]), floats([2, 4, 2, 3], 2)),
      einsum("acbe,aecd->abcd", floats([2, 2, 4, 5]), floats([2, 5, 2, 3], 2)),
      einsum("abcd,cde->abe", floats([2, 5, 2, 3]), floats([2, 3, 4], 2)),
    ];
  },
  "GatherV2 of floats and whole numbers": (x, g) => {
    const { floats, whole, one } = tools(g);
    return [
      g.node("GatherV2", [floats([7, 3]), whole(6, 0, 2), one(0)]),
      g.node("GatherV2", [x, whole(2, 0), one(3)]),
      g.node("GatherV2", [whole(4, 5, 6), g.constant([2, 1, 1, 0], [2, 2], "int32"), one(0)]),
      g.node("GatherV2", [floats([2, 4, 3]), g.constant([1, 0, 3, 3], [2, 2], "int32"), one(1)], { batch_dims: attr.int(1) }), // prettier-ignore
      g.node("GatherNd", [floats([4, 3]), g.constant([1, 2, 0, 0], [2, 2], "int32")]),
    ];
  },
  "StridedSlice and Slice": (x, g) => {
    const { whole } = tools(g);
    const shape = g.node("Shape", [x]);
    return [
      g.node(
        "StridedSlice",
        [x, whole(0, 0, 0, 0), whole(0, 0, 0, 1), whole(1, 1, 1, 1)],
        masks({ begin: 15, end: 7 }),
      ),
      g.node(
        "StridedSlice",
        [x, whole(0, 5, 0, 0), whole(0, 0, 0, 0), whole(1, -2, 2, 1)],
        masks({ begin: 13, end: 15 }),
      ),
      g.node("StridedSlice", [shape, whole(1), whole(2), whole(1)], masks({ shrink_axis: 1 })),
      g.node("StridedSlice", [x, whole(0, 0, 0), whole(0, 0, 1), whole(1, 1, 1)], masks({ ellipsis: 1, new_axis: 2, shrink_axis: 4 })), // prettier-ignore
      g.node("StridedSlice", [g.node("Cast", [whole(3, 1)], { SrcT: attr.type("int32"), DstT: attr.type("float32") }), whole(0, 0, 0), whole(0, 0, 0), whole(1, 1, 1)], masks({ begin: 1, end: 1, new_axis: 6 })), // prettier-ignore
      g.node("Slice", [x, whole(0, 1, 1, 0), whole(2, 2, -1, 3)]),
    ];
  },
  "fused convolutions": (x, g) => {
    const { floats } = tools(g);
    const bias = floats([5], 3);
    const conv = (
      ops: readonly string[],
      args: readonly string[],
      stride = 1,
      padding = "SAME",
      kernel = [3, 3, 3, 5],
    ) => g.node("_FusedConv2D", [x, floats(kernel, 2), ...args], window(stride, padding, fused(ops, args.length)));
    return [
      conv(["BiasAdd"], [bias]),
      conv(["BiasAdd", "Relu"], [bias]),
      conv(["BiasAdd", "Relu6"], [bias], 2),
      conv(["BiasAdd", "Elu"], [bias], 2, "VALID"),
      conv(["BiasAdd", "Sigmoid"], [bias], 1, "SAME", [1, 1, 3, 5]),
      conv(["BiasAdd", "LeakyRelu"], [bias]),
      conv(["BiasAdd", "Prelu"], [bias, floats([5], 4)]),
      g.node("_FusedConv2D", [x, floats([3, 3, 3, 5], 2), bias], window(1, "EXPLICIT", { ...fused(["BiasAdd"], 1), explicit_paddings: attr.ints([0, 0, 1, 1, 1, 1, 0, 0]) })), // prettier-ignore
    ];
  },
  "other convolutions": (x, g) => {
    const { floats, whole } = tools(g);
    return [
      g.node("Conv2D", [x, floats([3, 3, 3, 4])], window(2, "SAME")),
      g.node("Conv2D", [x, floats([3, 3, 3, 4])], window(1, "SAME", { dilations: attr.ints([1, 2, 2, 1]) })),
      g.node("DepthwiseConv2dNative", [x, floats([3, 3, 3, 2])], window(1, "SAME")),
      g.node("FusedDepthwiseConv2dNative", [x, floats([3, 3, 3, 1]), floats([3], 2)], window(1, "SAME", fused(["BiasAdd", "Relu"], 1))), // prettier-ignore
      g.node("Conv2DBackpropInput", [whole(2, 12, 8, 5), floats([3, 3, 5, 3]), x], window(2, "SAME")),
      g.node("AvgPool", [x], window(2, "VALID", { ksize: attr.ints([1, 2, 2, 1]) })),
      g.node("MaxPool", [x], window(2, "SAME", { ksize: attr.ints([1, 3, 3, 1]) })),
    ];
  },
  "matrix products": (x, g) => {
    const { floats } = tools(g);
    const [a, b] = [floats([4, 6]), floats([6, 5], 2)];
    const plain = { transpose_a: attr.bool(false), transpose_b: attr.bool(false) };
    const dense = (ops: readonly string[], args: readonly string[]) =>
      g.node("_FusedMatMul", [a, b, ...args], { ...plain, ...fused(ops, args.length) });
    const bias = floats([5], 3);
    return [
      g.node("MatMul", [a, b], plain),
      g.node("MatMul", [a, a], { ...plain, transpose_b: attr.bool(true) }),
      dense(["BiasAdd"], [bias]),
      dense(["BiasAdd", "Relu"], [bias]),
      dense(["BiasAdd", "Sigmoid"], [bias]),
      dense(["BiasAdd", "Elu"], [bias]),
      dense(["BiasAdd", "LeakyRelu"], [bias]),
      g.node("BatchMatMulV2", [x, x], { adj_x: attr.bool(false), adj_y: attr.bool(true) }),
      g.node("BatchMatMulV2", [floats([3, 3, 4]), floats([1, 4, 2], 2)], { adj_x: attr.bool(false), adj_y: attr.bool(false) }), // prettier-ignore
      g.node("BiasAdd", [x, floats([3], 4)]),
    ];
  },
  normalisations: (x, g) => {
    const { floats, whole, scalar } = tools(g);
    const keep = { keep_dims: attr.bool(true) };
    const grouped = g.node("Reshape", [x, whole(2, 6, 4, 3, 1)]);
    const mean = g.node("Mean", [grouped, whole(1, 2, 4)], keep);
    const variance = g.node("Mean", [g.node("SquaredDifference", [grouped, g.node("StopGradient", [mean])]), whole(1, 2, 4)], keep); // prettier-ignore
    const inverse = g.node("Rsqrt", [g.node("AddV2", [variance, scalar(1e-5)])]);
    const positive = g.constant([0.5, 1, 2], [3]);
    const batchNorm = (op: string) =>
      g.node(op, [x, floats([3]), floats([3], 2), floats([3], 3), positive], {
        epsilon: attr.float(1e-3),
        is_training: attr.bool(false),
        data_format: attr.text("NHWC"),
      });
    return [
      g.node("Mul", [g.node("Sub", [grouped, mean]), inverse]),
      batchNorm("FusedBatchNormV3"),
      batchNorm("FusedBatchNorm"),
      g.node("Softmax", [x]),
      g.node("LogSoftmax", [x]),
      g.node("Sum", [x, whole(1, 3)], { keep_dims: attr.bool(false) }),
      g.node("Max", [x, whole(-1)], keep),
      g.node("Prod", [x, whole(1)], keep),
    ];
  },
  moves: (x, g) => {
    const { floats, whole, one, scalar } = tools(g);
    const pairs = g.constant([0, 0, 1, 2, 0, 1, 0, 0], [4, 2], "int32");
    return [
      g.node("Transpose", [x, whole(0, 3, 1, 2)]),
      g.node("Transpose", [g.node("Reshape", [x, whole(2, 3, 2, 2, 2, 3)]), whole(0, 1, 3, 2, 4, 5)]),
      g.node("ConcatV2", [x, x, one(-1)], { N: attr.int(2) }),
      g.node("Pad", [x, pairs]),
      g.node("PadV2", [x, pairs, scalar(0.5)]),
      g.node("MirrorPad", [x, g.constant([0, 0, 1, 1, 1, 1, 0, 0], [4, 2], "int32")], { mode: attr.text("reflect") }),
      g.node("Pack", [x, x], { axis: attr.int(1), N: attr.int(2) }),
      g.node("Tile", [floats([2, 3]), whole(2, 2)]),
      g.node("BroadcastTo", [floats([1, 3]), whole(4, 3)]),
      g.node("ExpandDims", [x, one(1)]),
      g.node("Squeeze", [floats([2, 1, 3, 1])], { squeeze_dims: attr.ints([1]) }),
      g.node("ReverseV2", [x, whole(1)]),
      g.node("DepthToSpace", [floats([1, 2, 3, 8])], { block_size: attr.int(2), data_format: attr.text("NHWC") }),
      g.node("SpaceToBatchND", [floats([1, 4, 4, 2]), whole(2, 2), g.constant([0, 0, 0, 0], [2, 2], "int32")]),
      g.node("Split", [one(3), x], { num_split: attr.int(3) }),
      g.node("SplitV", [x, whole(2, 4), one(1)], { num_split: attr.int(2) }),
      g.node("Unpack", [x], { axis: attr.int(0), num: attr.int(2) }),
    ];
  },
  shapes: (x, g) => {
    const { floats, whole, one, scalar } = tools(g);
    const shape = g.node("Shape", [x]);
    const batch = g.node("StridedSlice", [shape, whole(0), whole(1), whole(1)], masks({ shrink_axis: 1 }));
    const dims = g.node("Pack", [batch, one(-1), one(3)], { axis: attr.int(0), N: attr.int(3) });
    return [
      shape,
      g.node("Reshape", [x, dims]),
      g.node("Prod", [shape, whole(0)], { keep_dims: attr.bool(false) }),
      g.node("Fill", [whole(2, 3), scalar(0.5)]),
      g.node("Range", [one(0), one(7), one(2)], { Tidx: attr.type("int32") }),
      g.node("Range", [scalar(0), scalar(1), scalar(0.25)], { Tidx: attr.type("float32") }),
      g.node("Rank", [x]),
      g.node("Size", [x]),
      g.node("ZerosLike", [x]),
      g.node("OnesLike", [whole(1, 2)]),
      g.node("OneHot", [whole(2, 0), one(4), scalar(1), scalar(0)], { axis: attr.int(-1) }),
      g.node("Identity", [x]),
      g.node("IdentityN", [x, floats([2])]),
    ];
  },
  resizing: (x, g) => {
    const { whole } = tools(g);
    const how = (align: boolean, half: boolean): object => ({
      align_corners: attr.bool(align),
      half_pixel_centers: attr.bool(half),
    });
    return [
      g.node("ResizeNearestNeighbor", [x, whole(12, 8)], how(false, true)),
      g.node("ResizeNearestNeighbor", [x, whole(12, 8)], how(false, false)),
      g.node("ResizeNearestNeighbor", [x, whole(9, 7)], how(false, true)),
      g.node("ResizeBilinear", [x, whole(12, 8)], how(false, true)),
      g.node("ResizeBilinear", [x, whole(12, 8)], how(true, false)),
    ];
  },
  "functions of one number": (x, g) =>
    ["Sin", "Cos", "Exp", "Tanh", "Sigmoid", "Relu", "Relu6", "Elu", "Selu", "Softplus", "Erf", "Neg", "Square", "Abs", "Sign", "Floor", "Ceil", "Round", "Expm1", "Atan", "IsNan"].map((op) => g.node(op, [x])), // prettier-ignore
  "functions of positive numbers": (x, g) =>
    ["Sqrt", "Rsqrt", "Log", "Log1p", "Reciprocal"].map((op) => g.node(op, [g.node("Exp", [x])])),
  "functions of two numbers": (x, g) => {
    const { floats, whole, scalar } = tools(g);
    const row = floats([3], 5);
    const whole2 = whole(7, -3);
    return [
      ...["AddV2", "Add", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "SquaredDifference", "DivNoNan", "FloorMod", "FloorDiv"].map((op) => g.node(op, [x, row])), // prettier-ignore
      ...["AddV2", "Sub", "Mul", "Maximum", "FloorDiv", "FloorMod"].map((op) => g.node(op, [whole2, whole(2, 2)])),
      ...["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"].map((op) => g.node(op, [x, row])),
      g.node("LogicalAnd", [g.node("Greater", [x, row]), g.node("Less", [x, scalar(0.9)])]),
      g.node("SelectV2", [g.node("Greater", [x, row]), x, row]),
      g.node("AddN", [x, x, x], { N: attr.int(3) }),
      g.node("Pow", [g.node("Exp", [x]), scalar(1.5)]),
      g.node("LeakyRelu", [x], { alpha: attr.float(0.3) }),
      g.node("ClipByValue", [x, scalar(-0.3), scalar(0.4)]),
      g.node("Cumsum", [x, tools(g).one(1)], { exclusive: attr.bool(false), reverse: attr.bool(false) }),
    ];
  },
  casts: (x, g) => {
    const { whole } = tools(g);
    const cast = (input: string, to: "float32" | "int32" | "bool") => g.node("Cast", [input], { DstT: attr.type(to) });
    const t = whole(3, 700);
    return [
      cast(t, "float32"),
      cast(x, "int32"),
      cast(g.node("Greater", [x, tools(g).scalar(0)]), "float32"),
      cast(cast(t, "float32"), "int32"),
      g.node("Mul", [cast(t, "float32"), tools(g).scalar(0.01)]),
    ];
  },
};

/** The names of {@link opGraph}s. */
export const opGraphNames = Object.keys(makers);

/** A graph model of one input x with every result of one kind of ops. */
export const opGraph = (name: string): BuiltGraph => {
  const g = graphBuilder();
  const x = g.input("x", [-1, ...image.slice(1)]);
  const outputs = makers[name]!(x, g);
  return g.build(outputs);
};

/** What the graphs are called with. */
export const opInput = { values: numbers(size(image), 7), shape: image } as const;
