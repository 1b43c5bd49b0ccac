import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Shape, Value } from "../graph/graph.ts";
import { each } from "./each.ts";
import { reduce } from "./reduce.ts";
import { f32, input, output, type Shading } from "./shading.ts";

type Four = [number, number, number, number];

/** Numbers of f32, four channels at a time where those divide by 4. */
const words = (channels: number): { readonly type: "f32" | "vec4<f32>"; readonly unit: 1 | 4 } =>
  channels % 4 === 0 ? { type: "vec4<f32>", unit: 4 } : { type: "f32", unit: 1 };

const shading = (shape: Shape, dispatch: Shading["dispatches"][number]): Shading => ({
  outputs: [{ shape, dtype: "float32" }],
  temporaries: [],
  tables: [],
  dispatches: [dispatch],
});

/**
 * Means or maxima over windows that lie in the image [batch, h, w, c]. NaN wins maxima: whether it is greater is asked of
 * its bits, because shaders may assume that there is none.
 */
export const pool = (
  x: Shape,
  [fy, fx]: readonly [number, number],
  [sy, sx]: readonly [number, number],
  kind: "mean" | "max",
): Shading => {
  const [b, h, w, c] = x as Four;
  const [oh, ow] = [Math.floor((h - fy) / sy) + 1, Math.floor((w - fx) / sx) + 1];
  const shape = [b, oh, ow, c];
  // few results of many numbers each
  if (fy === h && fx === w) return reduce([b, h * w, c], [1], kind, shape);
  const { type, unit } = words(c);
  const run = c / unit;
  const bits = type === "f32" ? "u32" : "vec4<u32>";
  const take =
    kind === "mean"
      ? "all += value;"
      : `all = select(all, value, (value > all) | ((bitcast<${bits}>(value) & ${bits}(0x7fffffffu)) > ${bits}(0x7f800000u)));`;
  return shading(shape, {
    variables: [input(0, "image", type), output(0, "result", type)],
    ...each(
      b * oh * ow * run,
      `
  let place = i / ${run}u;
  let row = place / ${ow}u;
  let top = row / ${oh}u * ${h}u + row % ${oh}u * ${sy}u;
  let first = (top * ${w}u + place % ${ow}u * ${sx}u) * ${run}u + i % ${run}u;
  var all = ${kind === "mean" ? `${type}(0)` : "image[first]"};
  for (var y = 0u; y < ${fy}u; y++) {
    for (var x = 0u; x < ${fx}u; x++) {
      let value = image[first + (y * ${w}u + x) * ${run}u];
      ${take}
    }
  }
  result[i] = ${kind === "mean" ? `all * ${f32(1 / (fy * fx))}` : "all"};`,
    ),
  });
};

/**
 * tfjs's kernel AvgPoolGrad of windows that do not overlap: dy and the image that was pooled give the gradient of the image,
 * dy / (window's pixels) in each window and 0 elsewhere.
 */
export const averagePoolGradient = ([dy, image]: readonly Value[], attrs: Attrs): Shading | undefined => {
  if (dy!.dtype !== "float32") return undefined;
  const info = backend_util.computePool2DInfo(
    image!.shape as Four,
    attrs.filterSize as number,
    attrs.strides as number,
    1,
    attrs.pad as "valid",
    attrs.dimRoundingMode as "floor",
  );
  const { filterHeight: fy, filterWidth: fx, outHeight: oh, outWidth: ow, padInfo } = info;
  // the only window may have any stride
  const sy = oh === 1 ? Math.max(fy, info.strideHeight) : info.strideHeight;
  const sx = ow === 1 ? Math.max(fx, info.strideWidth) : info.strideWidth;
  if (sy < fy || sx < fx) return undefined;
  const [b, h, w, c] = image!.shape as Four;
  const { type, unit } = words(c);
  const run = c / unit;
  return shading(image!.shape, {
    variables: [input(0, "dy", type), output(0, "result", type)],
    ...each(
      b * h * w * run,
      `
  let place = i / ${run}u;
  let row = place / ${w}u;
  let y = row % ${h}u + ${padInfo.top}u;
  let x = place % ${w}u + ${padInfo.left}u;
  var value = ${type}(0);
  if (y / ${sy}u < ${oh}u && x / ${sx}u < ${ow}u && y % ${sy}u < ${fy}u && x % ${sx}u < ${fx}u) {
    value = dy[((row / ${h}u * ${oh}u + y / ${sy}u) * ${ow}u + x / ${sx}u) * ${run}u + i % ${run}u] * ${f32(1 / (fy * fx))};
  }
  result[i] = value;`,
    ),
  });
};
