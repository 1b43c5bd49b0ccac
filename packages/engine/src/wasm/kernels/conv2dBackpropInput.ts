import type { TensorInfo } from "@tensorflow/tfjs-core";
import { composed, type Composition } from "../compose.ts";
import { geometry, type ConvolutionAttrs, type Geometry, type Shape4 } from "./convolutionAttrs.ts";

/** Rows (or columns) i = first + stride·k of the input, and the taps whose dy reaches them. */
type Phase = {
  /** The filter's taps r, r + stride, ... of this phase, the last one first. */
  readonly taps: readonly number[];
  /** The phase's first row of the input, and how many there are. */
  readonly first: number;
  readonly length: number;
  /** Zeros before and after dy; negative where some of it is not used. */
  readonly pad: readonly [number, number];
};

/** Counted in the padded input, row stride·q + r gets the sum over j of dy[q - j]·filter[stride·j + r]. */
const phases = ({ input, output, taps, stride, before }: Geometry, axis: 0 | 1): Phase[] => {
  const [s, p, n] = [stride[axis], before[axis], input[axis]];
  return Array.from({ length: s }, (_, r) => {
    const count = Math.max(0, Math.ceil((taps[axis] - r) / s));
    const q = Math.ceil((p - r) / s);
    const first = s * q + r - p;
    const length = Math.max(0, Math.ceil((n - first) / s));
    return {
      taps: Array.from({ length: count }, (_, j) => s * (count - 1 - j) + r),
      first,
      length,
      pad: [count - 1 - q, q + length - output[axis]] as const,
    };
  });
};

/** Whether a phase has rows, taps, and any of dy within their reach. */
const counts = ({ taps, length, pad }: Phase, output: number): boolean =>
  taps.length * length > 0 && output + Math.min(pad[0], 0) + Math.min(pad[1], 0) > 0;

/** The taps of one phase as a filter from output channels to input channels. */
const phaseFilter = (filter: TensorInfo, rows: Phase, columns: Phase, { empty, heap }: Composition<unknown>) => {
  const [, width, ci, co] = filter.shape as Shape4;
  const result = empty([rows.taps.length, columns.taps.length, co, ci]);
  const [from, to] = [heap(filter), heap(result)];
  let target = 0;
  for (const y of rows.taps)
    for (const x of columns.taps) {
      const source = (y * width + x) * ci * co;
      for (let o = 0; o < co; o++) for (let i = 0; i < ci; i++) to[target++] = from[source + i * co + o]!;
    }
  return result;
};

/** Without the rows and columns of dy that lie too far outside for any of the input, where padding exceeds the filter. */
const trimmed = (dy: TensorInfo, pads: readonly (readonly [number, number])[], { call }: Composition<unknown>) => {
  if (pads.flat().every((n) => n >= 0)) return dy;
  const cut = [[0, 0], ...pads.map(([a, b]) => [Math.max(-a, 0), Math.max(-b, 0)]), [0, 0]];
  return call(
    "Slice",
    { x: dy },
    { begin: cut.map(([a]) => a!), size: dy.shape.map((n, axis) => n - cut[axis]![0]! - cut[axis]![1]!) },
  );
};

/** One phase of the gradient: [batch, rows, columns, input channels]. */
const phaseOf = (
  dy: TensorInfo,
  filter: TensorInfo,
  rows: Phase,
  columns: Phase,
  composition: Composition<unknown>,
) => {
  const pads = [rows.pad, columns.pad];
  const pad = [[0, 0], ...pads.map(([a, b]) => [Math.max(a, 0), Math.max(b, 0)]), [0, 0]];
  return composition.call(
    "Conv2D",
    { x: trimmed(dy, pads, composition), filter: phaseFilter(filter, rows, columns, composition) },
    { strides: 1, dilations: 1, pad, dataFormat: "NHWC" },
  );
};

/** Puts a phase into its rows and columns of the gradient. */
const scatter = (from: Float32Array, to: Float32Array, g: Geometry, rows: Phase, columns: Phase): void => {
  const c = g.channelsIn;
  let source = 0;
  for (let b = 0; b < g.batch; b++)
    for (let y = 0; y < rows.length; y++) {
      const row = (b * g.input[0] + rows.first + y * g.stride[0]) * g.input[1];
      for (let x = 0; x < columns.length; x++) {
        let target = (row + columns.first + x * g.stride[1]) * c;
        for (const end = source + c; source < end;) to[target++] = from[source++]!;
      }
    }
};

/**
 * The gradient of a convolution by its input, as forward convolutions of dy with the flipped filter: tfjs's own kernel
 * is a scalar loop. With a stride, each phase of the rows and columns sees every stride-th tap, and is a convolution.
 */
export const conv2dBackpropInput = composed<ConvolutionAttrs & { readonly inputShape: Shape4 }>(
  "Conv2DBackpropInput",
  ({ dy, filter }, composition) => {
    const { attrs, empty, heap, free } = composition;
    const g = geometry(attrs, attrs.inputShape, filter!.shape as Shape4);
    const rows = phases(g, 0).filter((phase) => counts(phase, g.output[0]));
    const columns = phases(g, 1).filter((phase) => counts(phase, g.output[1]));
    if (g.stride[0] * g.stride[1] * rows.length * columns.length === 1)
      return phaseOf(dy!, filter!, rows[0]!, columns[0]!, composition);
    const result = empty(attrs.inputShape);
    heap(result).fill(0);
    for (const row of rows)
      for (const column of columns) {
        const phase = phaseOf(dy!, filter!, row, column, composition);
        scatter(heap(phase), heap(result), g, row, column);
        free(phase);
      }
    return result;
  },
);
