import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { each } from "./each.ts";
import { type Shading, input, output } from "./shading.ts";

/** The largest finite number of 16 bits. */
const largest = 65504;

/** Numbers rounded to 16 bits each (11 significant), two in a word: the kernel ToHalves. Their count divides by 4. */
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
  y[i] = vec2<u32>(pack2x16float(v.xy), pack2x16float(v.zw));`,
        ),
      },
    ],
  };
};
