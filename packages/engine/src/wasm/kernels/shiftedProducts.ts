import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Composition } from "../compose.ts";
import type { Geometry } from "./convolutionAttrs.ts";

/** Places at once: enough to fill a matrix product, few enough for the processor's cache. */
const placesAtOnce = 2048;

/** Height and width of a grid that holds an image or dy, with so many zeros between rows that no tap reaches across. */
const grid = ({ input, output, taps, before }: Geometry): readonly [number, number] => {
  const side = (axis: 0 | 1): number =>
    Math.max(input[axis] + before[axis], output[axis] + taps[axis] - 1 - before[axis]);
  return [side(0), side(1)];
};

/** What {@link shiftedProducts} multiplies with zeros, as a fraction of what it has to; Infinity where it cannot be used. */
export const wasteOfShifts = (g: Geometry): number =>
  g.stride[0] * g.stride[1] > 1 || g.before.some((p, axis) => p > g.taps[axis as 0 | 1] - 1)
    ? Infinity
    : (grid(g)[0] * grid(g)[1]) / (g.output[0] * g.output[1]) - 1;

/** Images [image, height, width, channel] as rows [channel, (image, grid row, grid column)], between two margins of zeros. */
const spread = (from: Float32Array, to: Float32Array, g: Geometry, images: number, margin: number): void => {
  const [height, width] = grid(g);
  const [h, w] = g.input;
  const c = g.channelsIn;
  const row = images * height * width;
  if (height * width > h * w) to.fill(0);
  else to.fill(0, 0, margin).fill(0, margin + c * row);
  let source = 0;
  for (let n = 0; n < images; n++)
    for (let y = 0; y < h; y++) {
      const start = margin + (n * height + y) * width;
      for (let x = 0; x < w; x++)
        for (let at = start + x, end = at + c * row; at < end; at += row) to[at] = from[source++]!;
    }
};

/**
 * The filter's gradient [tap, tap, in, out], stride 1, without copying patches: with the channels of the images as rows
 * in memory, a tap is the same rows read from another start. What a shifted row reads of its neighbour meets zeros of
 * dy's grid. dy is packed once for all taps.
 */
export const shiftedProducts = (
  x: TensorInfo,
  dy: TensorInfo,
  g: Geometry,
  grain: number,
  composition: Composition<unknown>,
) => {
  const { call, empty, part, heap, free } = composition;
  const { batch, input, output, taps, before, channelsIn: ci, channelsOut: co } = g;
  const [height, width] = grid(g);
  const imagesAtOnce = Math.max(1, Math.min(batch, Math.round((grain * placesAtOnce) / (height * width))));
  const margin = (taps[0] - 1) * width + taps[1] - 1;
  const pad = [
    [0, 0],
    [0, height - output[0]],
    [0, width - output[1]],
    [0, 0],
  ];
  const result = empty([...taps, ci, co]);
  heap(result).fill(0);
  for (let n = 0; n < batch; n += imagesAtOnce) {
    const images = Math.min(imagesAtOnce, batch - n);
    const places = images * height * width;
    const source = part(x, n * input[0] * input[1] * ci, [images, ...input, ci]);
    const rows = empty([ci * places + 2 * margin]);
    spread(heap(source), heap(rows), g, images, margin);
    const own = part(dy, n * output[0] * output[1] * co, [images, ...output, co]);
    const padded =
      height * width > output[0] * output[1] ? call("PadV2", { x: own }, { paddings: pad, constantValue: 0 }) : own;
    const b = part(padded, 0, [1, places, co]);
    for (let tap = 0; tap < taps[0] * taps[1]; tap++) {
      const [dyRow, dyColumn] = [Math.floor(tap / taps[1]) - before[0], (tap % taps[1]) - before[1]];
      const a = part(rows, margin + dyRow * width + dyColumn, [1, ci, places]);
      const product = call("BatchMatMul", { a, b }, { transposeA: false, transposeB: false });
      const [sum, term] = [heap(result), heap(product)];
      for (let i = 0, at = tap * ci * co; i < term.length; i++) sum[at++]! += term[i]!;
      free(product);
      free(a);
    }
    for (const made of [b, rows, padded]) free(made);
  }
  return result;
};
