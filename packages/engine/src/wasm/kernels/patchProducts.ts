import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Composition } from "../compose.ts";
import type { Geometry } from "./convolutionAttrs.ts";

/** Columns of a patch matrix: enough to fill a matrix product, few enough to stay in the processor's cache. */
const columnsAtOnce = 1024;

/**
 * Rows y0 <= y < y1 of the output as a patch matrix [(tap, tap, channel), (y, x, image)], from `images`
 * [channel, height, width, image] (images innermost, so that a tap of a whole row is one copy).
 */
const patches = (g: Geometry, images: Float32Array, to: Float32Array, y0: number, y1: number): void => {
  const { batch, input, output, taps, stride, before, channelsIn } = g;
  const run = output[1] * batch;
  let at = 0;
  for (let ky = 0; ky < taps[0]; ky++)
    for (let kx = 0; kx < taps[1]; kx++) {
      const shift = kx - before[1];
      const first = Math.min(output[1], Math.max(0, Math.ceil(-shift / stride[1])));
      const last = Math.max(first, Math.min(output[1], Math.floor((input[1] - 1 - shift) / stride[1]) + 1));
      for (let c = 0; c < channelsIn; c++)
        for (let y = y0; y < y1; y++, at += run) {
          const row = y * stride[0] + ky - before[0];
          if (row < 0 || row >= input[0] || first === last) {
            to.fill(0, at, at + run);
            continue;
          }
          to.fill(0, at, at + first * batch).fill(0, at + last * batch, at + run);
          const source = ((c * input[0] + row) * input[1] + shift) * batch;
          if (stride[1] === 1) {
            to.set(images.subarray(source + first * batch, source + last * batch), at + first * batch);
            continue;
          }
          for (let x = first; x < last; x++) {
            const [from, target] = [source + x * stride[1] * batch, at + x * batch];
            for (let n = 0; n < batch; n++) to[target + n] = images[from + n]!;
          }
        }
    }
};

/** The filter's gradient [tap, tap, in, out] as a sum of products of patches with dy, a few rows of dy at a time. */
export const patchProducts = (
  x: TensorInfo,
  dy: TensorInfo,
  g: Geometry,
  grain: number,
  composition: Composition<unknown>,
) => {
  const { call, empty, part, heap, free } = composition;
  const { batch, output, taps, channelsIn, channelsOut } = g;
  const images = call("Transpose", { x }, { perm: [3, 1, 2, 0] });
  const gradients = call("Transpose", { x: dy }, { perm: [1, 2, 0, 3] });
  const run = output[1] * batch;
  const rowsAtOnce = Math.max(1, Math.min(output[0], Math.round((grain * columnsAtOnce) / run)));
  const height = taps[0] * taps[1] * channelsIn;
  const patch = empty([height, rowsAtOnce * run]);
  const result = empty([...taps, channelsIn, channelsOut]);
  heap(result).fill(0);
  for (let y = 0; y < output[0]; y += rowsAtOnce) {
    const end = Math.min(output[0], y + rowsAtOnce);
    const columns = (end - y) * run;
    patches(g, heap(images), heap(patch), y, end);
    const a = part(patch, 0, [1, height, columns]);
    const b = part(gradients, y * run * channelsOut, [1, columns, channelsOut]);
    const product = call("BatchMatMul", { a, b }, { transposeA: false, transposeB: false });
    const [sum, term] = [heap(result), heap(product)];
    for (let i = 0; i < sum.length; i++) sum[i]! += term[i]!;
    for (const made of [a, b, product]) free(made);
  }
  return result;
};
