import type { TensorInfo } from "@tensorflow/tfjs-core";
import { composed, type Composition } from "../compose.ts";
import { geometry, type ConvolutionAttrs, type Geometry, type Shape4 } from "./convolutionAttrs.ts";

/** Per axis: the taps of one phase, and the range of its outputs q that the input has. */
const phase = ({ input, output, taps, stride, before }: Geometry, axis: 0 | 1) => {
  const [s, p] = [stride[axis], before[axis]];
  const [j, q0, q1] = [Math.ceil(taps[axis] / s), Math.floor(p / s), Math.floor((p + input[axis] - 1) / s) + 1];
  return { taps: j, first: q0, length: q1 - q0, before: j - 1 - q0, after: q1 - output[axis] };
};
type Phase = ReturnType<typeof phase>;

/** The filter [taps, taps, in, out] as the flipped filters of all phases, [j, j, out, (row phase, column phase, in)]. */
const phaseFilter = (
  filter: TensorInfo,
  { taps: [kh, kw], stride: [sh, sw], channelsIn: ci, channelsOut: co }: Geometry,
  [jh, jw]: readonly [number, number],
  { empty, heap }: Composition<unknown>,
): TensorInfo => {
  const result = empty([jh, jw, co, sh * sw * ci]);
  const [from, to] = [heap(filter), heap(result)];
  if (jh * sh !== kh || jw * sw !== kw) to.fill(0);
  for (let y = 0; y < kh; y++)
    for (let x = 0; x < kw; x++) {
      const tap = (jh - 1 - Math.floor(y / sh)) * jw + (jw - 1 - Math.floor(x / sw));
      const channel = ((y % sh) * sw + (x % sw)) * ci;
      for (let i = 0; i < ci; i++) {
        const source = ((y * kw + x) * ci + i) * co;
        const target = tap * co * sh * sw * ci + channel + i;
        for (let o = 0; o < co; o++) to[target + o * sh * sw * ci] = from[source + o]!;
      }
    }
  return result;
};

/** Zeros before and after dy, or fewer rows and columns of it where they would be negative. */
const fitted = (dy: TensorInfo, phases: readonly [Phase, Phase], { call }: Composition<unknown>) => {
  const pad = phases.map(({ before, after }) => [Math.max(before, 0), Math.max(after, 0)] as [number, number]);
  const cut = phases.map(({ before, after }) => [Math.max(-before, 0), Math.max(-after, 0)] as const);
  const x = cut.flat().some((n) => n > 0)
    ? call(
        "Slice",
        { x: dy },
        {
          begin: [0, cut[0]![0], cut[1]![0], 0],
          size: dy.shape.map((n, axis) => (axis === 1 || axis === 2 ? n - cut[axis - 1]![0] - cut[axis - 1]![1] : n)),
        },
      )
    : dy;
  return { x, pad: [[0, 0], pad[0]!, pad[1]!, [0, 0]] };
};

/** Lays the phases beside each other: [batch, q, q, (row phase, column phase, in)] to [batch, height, width, in]. */
const interleaved = (z: TensorInfo, g: Geometry, [rows, columns]: readonly [Phase, Phase], c: Composition<unknown>) => {
  const { batch, input, stride, before, channelsIn: ci } = g;
  const result = c.empty([batch, ...input, ci]);
  const [from, to] = [c.heap(z), c.heap(result)];
  const sources = Array.from({ length: input[1] }, (_, x) => {
    const at = x + before[1];
    return ((Math.floor(at / stride[1]) - columns.first) * stride[0] * stride[1] + (at % stride[1])) * ci;
  });
  let target = 0;
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < input[0]; y++) {
      const at = y + before[0];
      const row =
        ((b * rows.length + Math.floor(at / stride[0]) - rows.first) * columns.length * stride[0] + (at % stride[0])) *
        stride[1] *
        ci;
      for (const source of sources) for (let i = row + source, end = i + ci; i < end; i++) to[target++] = from[i]!;
    }
  return result;
};

/**
 * The gradient of a convolution by its input, as a forward convolution: tfjs's own kernel is a scalar loop.
 *
 * Counted in the padded input, row i = stride·q + r gets the sum over j of dy[q - j]·filter[stride·j + r] (columns
 * alike): for each phase r a convolution of dy with every stride-th tap. All phases are computed as one convolution
 * with stride² times the channels, and then interleaved; with stride 1 there is one phase, the flipped filter.
 */
export const conv2dBackpropInput = composed<ConvolutionAttrs & { readonly inputShape: Shape4 }>(
  "Conv2DBackpropInput",
  ({ dy, filter }, composition) => {
    const { attrs, call } = composition;
    const g = geometry(attrs, attrs.inputShape, filter!.shape as Shape4);
    const phases = [phase(g, 0), phase(g, 1)] as const;
    const { x, pad } = fitted(dy!, phases, composition);
    const flipped = phaseFilter(filter!, g, [phases[0].taps, phases[1].taps], composition);
    const z = call("Conv2D", { x, filter: flipped }, { strides: 1, dilations: 1, pad, dataFormat: "NHWC" });
    return g.stride[0] * g.stride[1] === 1 ? z : interleaved(z, g, phases, composition);
  },
);
