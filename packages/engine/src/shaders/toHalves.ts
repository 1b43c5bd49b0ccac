import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { each } from "./each.ts";
import { type Shading, input, output } from "./shading.ts";

/** The largest finite number of 16 bits. */
const largest = 65504;

/**
 * Numbers rounded to 16 bits each (11 significant), two in a word: the kernel ToHalves. Finite ones that are too large become
 * the largest; infinities and NaN stay. Their count divides by 4.
 */
export const toHalves = (x: Shape): Shading => {
  const size = sizeOf(x);
  return {
    outputs: [{ shape: [size / 2], dtype: "int32" }],
    temporaries: [],
    tables: [],
    dispatches: [
      {
        variables: [input(0, "x", "vec4<f32>"), output(0, "y", "vec2<u32>")],
        ...each(
          size / 4,
          `  let v = clamp(x[i], vec4<f32>(-${largest}.0), vec4<f32>(${largest}.0));
  let pairs = vec2<u32>(pack2x16float(v.xy), pack2x16float(v.zw));
  let bits = bitcast<vec4<u32>>(x[i]);
  let size = bits & vec4<u32>(0x7fffffffu);
  let endless = ((bits >> vec4<u32>(16u)) & vec4<u32>(0x8000u)) | select(vec4<u32>(0x7c00u), vec4<u32>(0x7e00u), size > vec4<u32>(0x7f800000u));
  let finite = vec4<u32>(pairs.x & 0xffffu, pairs.x >> 16u, pairs.y & 0xffffu, pairs.y >> 16u);
  let halves = select(finite, endless, size >= vec4<u32>(0x7f800000u));
  y[i] = vec2<u32>(halves.x | (halves.y << 16u), halves.z | (halves.w << 16u));`,
        ),
      },
    ],
  };
};
