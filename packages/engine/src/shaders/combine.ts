import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Shading, entry, groupsOf, input, output, table } from "./shading.ts";

const threads = 256;

/** Vectors that one dispatch adds, so that any adapter has buffers enough. */
const together = 6;

/**
 * sum_i coefs[i] x_i of tensors of one shape: the kernel Combine. The coefficients are data, not text: a sampler has others
 * at every step, and all steps share one shader.
 */
export const combine = (coefs: readonly number[], shape: Shape): Shading => {
  const size = sizeOf(shape);
  const [width, type] = size % 4 === 0 ? ([4, "vec4<f32>"] as const) : ([1, "f32"] as const);
  const places = size / width;
  const firsts = Array.from({ length: Math.ceil(coefs.length / together) }, (_, i) => i * together);
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [],
    tables: [new Uint32Array(Float32Array.from(coefs).buffer)],
    dispatches: firsts.map((first) => {
      const terms = Array.from({ length: Math.min(together, coefs.length - first) }, (_, i) => first + i);
      const sum = [...(first > 0 ? ["y[i]"] : []), ...terms.map((i) => `coefs[${i}] * x${i}[i]`)].join(" + ");
      return {
        variables: [...terms.map((i) => input(i, `x${i}`, type)), output(0, "y", type), table(0, "coefs", "f32")],
        groups: groupsOf(Math.ceil(places / threads)),
        body: entry(threads, `  let i = group * ${threads}u + local;\n  if (i < ${places}u) { y[i] = ${sum}; }`),
      };
    }),
    inPlace: coefs.length <= together ? coefs.map((_, i) => [i, 0] as const) : [],
  };
};
